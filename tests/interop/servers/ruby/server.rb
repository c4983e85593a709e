# Rack, with the form as Rack::Request hands it over, and so as Rails and Sinatra begin with it; on Puma.

require "digest"
require "json"
require "puma"
require "rack"

def part(name, value)
  if value.is_a?(Hash)
    content = value[:tempfile]
    measured = { size: content.size, sha256: Digest::SHA256.file(content.path).hexdigest }
    { name: name, filename: value[:filename], content_type: value[:type], **measured }
  else
    { name: name, filename: nil, content_type: nil, size: value.bytesize, sha256: Digest::SHA256.hexdigest(value) }
  end
end

# Of several under one name it hands over one; if the name ends in [], a list.
application = lambda do |env|
  parts = Rack::Request.new(env).POST.flat_map { |name, value| [value].flatten.map { |one| part(name, one) } }
  # Puma leaves no trace of chunks.
  [200, { "content-type" => "application/json" }, [{ parts: parts }.to_json]]
end

server = Puma::Server.new(application)
server.add_tcp_listener("127.0.0.1", 0)
server.run
$stdout.puts(server.connected_ports.first)
$stdout.flush
$stdin.read

# Plack, with the form as Plack::Request hands it over: texts and files apart, in order; on Starman.

use strict;
use warnings;

use Digest::SHA;
use JSON::PP;
use Plack::Request;
use Starman::Server;

# Names are octets there; JSON wants characters.
sub characters {
    my ($octets) = @_;
    utf8::decode($octets);
    return $octets;
}

sub text {
    my ($name, $text) = @_;
    return {
        name => characters($name),
        filename => undef,
        content_type => undef,
        size => length $text,
        sha256 => Digest::SHA::sha256_hex($text),
    };
}

sub file {
    my ($name, $upload) = @_;
    return {
        name => characters($name),
        filename => characters($upload->filename),
        content_type => scalar $upload->content_type,
        size => -s $upload->path,
        sha256 => Digest::SHA->new(256)->addfile($upload->path, "b")->hexdigest,
    };
}

sub upload {
    my $request = Plack::Request->new(shift);
    my @parts;
    $request->body_parameters->each(sub { push @parts, text(@_) });
    $request->uploads->each(sub { push @parts, file(@_) });
    # Starman leaves no trace of chunks.
    return [200, ["Content-Type" => "application/json"], [encode_json({ parts => \@parts })]];
}

package Announced;

use parent -norequire, "Starman::Server";

sub post_bind_hook {
    my $self = shift;
    $| = 1;
    print $self->{server}{sock}[0]->sockport, "\n";
}

package main;

# A plain 0 would count as no port.
Announced->new->run(\&upload, { listen => ["127.0.0.1:00"], workers => 2 });

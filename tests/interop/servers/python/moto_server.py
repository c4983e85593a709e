"""S3, as moto imitates it, with a bucket in it.

Beside S3's own paths it has three for the test, about one key: /fields/STATUS answers with the fields of a presigned POST,
in the order in which they are to be sent, /url with a URL for a presigned PUT, and /stored with what is stored.
"""

import json
import os
import threading

# Nobody's; and nowhere else is asked for any.
os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_EC2_METADATA_DISABLED="true")

import boto3
from measure import announce, measure_file
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "bucket"
KEY = "some/größe; 'a' + b.txt"


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_what):
        pass


def fields(status):
    wanted = {"success_action_status": status, "Content-Type": "text/plain"}
    conditions = [{name: value} for name, value in wanted.items()]
    return list(client.generate_presigned_post(BUCKET, KEY, wanted, conditions)["fields"].items())


def url():
    return client.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": KEY})


def stored():
    found = client.get_object(Bucket=BUCKET, Key=KEY)
    return {"content_type": found["ContentType"], **measure_file(found["Body"])}


def application(environ, start_response):
    _, action, *which = environ["PATH_INFO"].split("/")
    own = {"fields": fields, "url": url, "stored": stored}.get(action)
    if own is None:
        return s3(environ, start_response)
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    body = json.dumps(own(*which)).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


s3 = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
client = boto3.client("s3", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{server.port}")
threading.Thread(target=server.serve_forever, daemon=True).start()
client.create_bucket(Bucket=BUCKET)
announce(server.port)
threading.Event().wait()

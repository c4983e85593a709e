//! Scripts that move over from curl: command lines that people really have, as the manuals of services show them. Each is
//! run twice as it stands, in a shell in which `curl` is curl, and in one in which it is this program; what the two send
//! is compared to the byte, and so is what they print.
//!
//! Three things are never the same: the boundary, who sends it, and `Expect`, which curl adds by itself. What else may
//! differ is listed in the help, and a line that it concerns says so, and in which octets. `HOST` is the server's address.

use crate::sandbox::{Outcome, Sandbox, visible};
use crate::tools;
use crate::wire_tap::{Answer, Request, WireTap};

/// A command line that somebody has.
struct Mover {
    service: &'static str,
    /// What for.
    purpose: &'static str,
    line: &'static str,
    /// Where the two differ, all of it.
    differs: &'static [Difference],
}

/// A difference that the help lists.
struct Difference {
    /// How the help says it, or a part of that.
    listed: &'static str,
    /// What curl sends.
    curl: &'static str,
    /// What this program sends in its place.
    here: &'static str,
}

const fn mover(service: &'static str, purpose: &'static str, line: &'static str) -> Mover {
    Mover {
        service,
        purpose,
        line,
        differs: &[],
    }
}

impl Mover {
    const fn but(self, differs: &'static [Difference]) -> Self {
        Self { differs, ..self }
    }
}

/// A type that curl does not know, or not by this extension.
const fn typed(curl: &'static str, here: &'static str) -> Difference {
    Difference {
        listed: "A file part always has a Content-Type, guessed from the whole list of known extensions.",
        curl,
        here,
    }
}

const ZIP: Difference = typed(
    "application/octet-stream\r\n\r\nzip\r\n",
    "application/zip\r\n\r\nzip\r\n",
);

/// In groups: stores, registries, forges, trackers, messengers and mail, media, builds and tests, folders and paste
/// bins, what tools write, what scripts add.
const MOVERS: &[Mover] = &[
    mover(
        "Amazon S3",
        "a presigned POST",
        r"curl -v \
            -F 'key=uploads/${filename}' \
            -F acl=public-read \
            -F Content-Type=image/jpeg \
            -F success_action_status=201 \
            -F x-amz-meta-tag= \
            -F x-amz-algorithm=AWS4-HMAC-SHA256 \
            -F x-amz-credential=AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request \
            -F x-amz-date=20151229T000000Z \
            -F policy=eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiIH0= \
            -F x-amz-signature=8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e \
            -F file=@photo.jpg \
            http://HOST/",
    ),
    mover(
        "Amazon S3",
        "a presigned PUT",
        r#"curl -X PUT -T report.pdf -H "Content-Type: application/pdf" \
            "http://HOST/bucket/in%20box/report.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20151229%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20151229T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature=8afd+b/f4==""#,
    ),
    mover(
        "Google Cloud Storage",
        "the one request of a resumable upload",
        r#"curl -i -X PUT --data-binary @photo.jpg \
            -H "Content-Length: 5" \
            "http://HOST/upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=ABg5-UxlRQU75tqTINorGYDgM69mX06CzKO1NRFIMOiuTsu""#,
    ),
    mover(
        "Azure Blob Storage",
        "a blob by a shared access signature",
        r#"curl -X PUT -T ./report.pdf -H "x-ms-blob-type: BlockBlob" -H "x-ms-version: 2020-10-02" \
            "http://HOST/container/report.pdf?sp=racw&st=2026-01-01T00:00:00Z&sv=2022-11-02&sr=c&sig=a%2Bb%2F%3D""#,
    ),
    mover(
        "Internet Archive",
        "an item, and the bucket for it",
        r"curl --location --header 'x-amz-auto-make-bucket:1' \
            --header 'x-archive-meta01-collection:opensource' \
            --header 'authorization: LOW accesskey:secret' \
            --upload-file report.pdf \
            http://HOST/sam-s3-test-08/demo-intro-to-k.pdf",
    ),
    mover(
        "PyPI",
        "a source distribution, by the legacy API",
        r"curl -sS -o /dev/null -w '%{http_code}\n' \
            -u __token__:pypi-AgEIcHlwaS5vcmc \
            -F ':action=file_upload' \
            -F 'protocol_version=1' \
            -F 'metadata_version=2.1' \
            -F 'name=sample' \
            -F 'version=1.0' \
            -F 'filetype=sdist' \
            -F 'pyversion=source' \
            -F 'classifiers=Programming Language :: Python :: 3' \
            -F 'md5_digest=0cc175b9c0f1b6a831c399e269772661' \
            -F 'content=@dist/sample-1.0.tar.gz;type=application/octet-stream' \
            http://HOST/legacy/",
    ),
    mover(
        "Artifactory",
        "an artifact with its checksum",
        r#"curl -uadmin:password -T dist/sample-1.0.tar.gz \
            -H "X-Checksum-Sha1:86f7e437faa5a7fce15d1ddcb9eaeaea377667b8" \
            "http://HOST/artifactory/generic-local/sample/sample-1.0.tar.gz""#,
    ),
    mover(
        "Artifactory",
        "a Debian package with its properties in the path",
        r#"curl -H 'X-JFrog-Art-Api:AKCp5' -XPUT -T pool/a_1.0_amd64.deb \
            "http://HOST/artifactory/debian-local/pool/a_1.0_amd64.deb;deb.distribution=wheezy;deb.component=main;deb.architecture=amd64""#,
    ),
    mover(
        "Nexus",
        "a Maven component",
        r#"curl -v -u admin:admin123 \
            -F "maven2.generate-pom=false" \
            -F "maven2.asset1=@pom.xml" \
            -F "maven2.asset1.extension=pom" \
            -F "maven2.asset2=@target/sample-1.0.jar;type=application/java-archive" \
            -F "maven2.asset2.extension=jar" \
            "http://HOST/service/rest/v1/components?repository=maven-third-party""#,
    ),
    mover(
        "Nexus",
        "a file in a raw repository",
        r"curl -v --user 'admin:admin123' --upload-file ./test.png http://HOST/repository/documentation/test.png",
    ),
    mover(
        "ChartMuseum",
        "a Helm chart and its provenance",
        r#"curl -F "chart=@mychart-0.1.0.tgz" -F "prov=@mychart-0.1.0.tgz.prov" http://HOST/api/charts"#,
    )
    .but(&[typed(
        "application/octet-stream\r\n\r\nchart\r\n",
        "application/x-compressed\r\n\r\nchart\r\n",
    )]),
    mover(
        "aptly",
        "packages",
        r"curl -X POST -F file=@pool/a_1.0_amd64.deb -F file=@pool/b_1.0_amd64.deb http://HOST/api/files/incoming",
    ),
    mover(
        "GitLab",
        "a file in the generic package registry",
        r#"curl --fail-with-body --header "PRIVATE-TOKEN: <your_access_token>" \
            --upload-file path/to/file.txt \
            "http://HOST/api/v4/projects/24/packages/generic/my_package/0.0.1/file.txt?status=hidden""#,
    ),
    mover(
        "GitLab",
        "a file for an issue or a wiki",
        r#"curl --request POST --header "PRIVATE-TOKEN: <your_access_token>" --form "file=@dk.png" \
            --url "http://HOST/api/v4/projects/5/uploads""#,
    ),
    mover(
        "Gitea",
        "a file in the generic package registry",
        r"curl --user your_username:your_password_or_token \
            --upload-file path/to/file.bin \
            http://HOST/api/packages/testuser/generic/test_package/1.0.0/file.bin",
    ),
    mover(
        "Gitea",
        "an attachment of a release, as its API page writes it",
        r#"curl -X 'POST' \
            "http://HOST/api/v1/repos/o/r/releases/1/assets?name=example.zip" \
            -H 'accept: application/json' \
            -H 'Authorization: token 0123456789abcdef' \
            -H 'Content-Type: multipart/form-data' \
            -F 'attachment=@example.zip;type=application/x-zip-compressed'"#,
    ),
    mover(
        "GitHub",
        "an asset of a release",
        r#"curl -L \
            -X POST \
            -H "Accept: application/vnd.github+json" \
            -H "Authorization: Bearer <YOUR-TOKEN>" \
            -H "X-GitHub-Api-Version: 2022-11-28" \
            -H "Content-Type: application/octet-stream" \
            "http://HOST/repos/OWNER/REPO/releases/RELEASE_ID/assets?name=example.zip" \
            --data-binary "@example.zip""#,
    ),
    mover(
        "Bitbucket",
        "a file in the downloads, credentials in the URL",
        r#"curl -X POST "http://user:app%20pass%40word@HOST/2.0/repositories/owner/repo/downloads" --form files=@"example.zip""#,
    )
    .but(&[ZIP]),
    mover(
        "Jira",
        "an attachment of an issue",
        r#"curl -D- -u fred:secret -X POST -H "X-Atlassian-Token: nocheck" -F "file=@myfile.txt" \
            http://HOST/rest/api/2/issue/TEST-123/attachments"#,
    ),
    mover(
        "Confluence",
        "an attachment of a page",
        r#"curl -v -S -u admin:admin -X POST -H "X-Atlassian-Token: no-check" \
            -F "file=@myfile.txt" -F "comment=this is my file" -F minorEdit=true \
            "http://HOST/confluence/rest/api/content/3604482/child/attachment" | cat"#,
    ),
    mover(
        "Sentry",
        "debug information files",
        r"curl http://HOST/api/0/projects/org/project/files/dsyms/ \
            -X POST \
            -H 'Authorization: Bearer <auth_token>' \
            -H 'Content-Type: multipart/form-data' \
            -F file=@debug-files.zip",
    )
    .but(&[ZIP]),
    mover(
        "Sentry",
        "a minidump, with what is known of the crash as JSON",
        r#"curl -X POST \
            'http://HOST/api/0/minidump/?sentry_key=abc' \
            -F upload_file_minidump=@mini.dmp \
            -F 'sentry={"release":"1.2.3","tags":{"mytag":"value"}}'"#,
    )
    .but(&[typed(
        "application/octet-stream\r\n\r\ndump\r\n",
        "application/vnd.tcpdump.pcap\r\n\r\ndump\r\n",
    )]),
    mover(
        "Slack",
        "a file for several channels",
        r#"curl -F file=@dramacat.gif -F "initial_comment=Shakes the cat" -F channels=C024BE91L,D032AC32T \
            -H "Authorization: Bearer xoxb-xxxxxxxxx-xxxx" http://HOST/api/files.upload"#,
    ),
    mover(
        "Discord",
        "a file by a webhook",
        r#"curl -F 'payload_json={"username":"test","content":"hello, <@42>"};type=application/json' \
            -F "file1=@dramacat.gif" \
            "http://HOST/api/webhooks/1/token?wait=true""#,
    ),
    mover(
        "Zulip",
        "a file for a message",
        r"curl -sSX POST http://HOST/api/v1/user_uploads \
            -u EMAIL_ADDRESS:API_KEY \
            -F filename=@myfile.txt",
    ),
    mover(
        "Telegram",
        "a document",
        r#"curl -s -F chat_id=-1001234567890 -F document=@report.pdf -F caption="Nightly report: all, or nearly" \
            http://HOST/bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11/sendDocument"#,
    ),
    mover(
        "Telegram",
        "a photo by the URL of one, in the words of its FAQ",
        r#"curl -X POST -H "content-type: multipart/form-data" -F photo=@"photo.jpg" -F parse_mode=MarkdownV2 \
            http://HOST/bot123456:ABC/sendPhoto?chat_id=42"#,
    ),
    mover(
        "Mailgun",
        "a mail with attachments",
        r"curl -s --user 'api:YOUR_API_KEY' \
            http://HOST/v3/YOUR_DOMAIN_NAME/messages \
            -F from='Excited User <YOU@YOUR_DOMAIN_NAME>' \
            -F to='foo@example.com, bar@example.com' \
            -F cc='bar@example.com' \
            -F subject='Hello' \
            -F text='Testing some Mailgun awesomeness!' \
            --form-string html='<html>HTML version of the body; all of it</html>' \
            -F attachment=@files/cartman.jpg \
            -F attachment=@dk.png",
    ),
    mover(
        "Cloudflare Images",
        "an image with its metadata",
        r#"curl --request POST \
            http://HOST/client/v4/accounts/ACCOUNT_ID/images/v1 \
            --header "Authorization: Bearer <API_TOKEN>" \
            --form file=@./dk.png \
            --form 'metadata={"key":"value"}' \
            --form 'requireSignedURLs=false'"#,
    ),
    mover(
        "Cloudflare Workers",
        "a module and its metadata as JSON",
        r#"curl http://HOST/client/v4/accounts/ACCOUNT_ID/workers/scripts/NAME \
            -X PUT \
            -H 'Authorization: Bearer <API_TOKEN>' \
            -F 'metadata={"main_module":"worker.js","compatibility_date":"2026-01-01"};type=application/json' \
            -F 'worker.js=@worker.js;filename=worker.js;type=application/javascript+module'"#,
    ),
    mover(
        "Imgur",
        "an image, in Postman's quotes",
        r#"curl --location 'http://HOST/3/image' \
            --header 'Authorization: Client-ID {{clientId}}' \
            --form 'image=@"dk.png"' \
            --form 'type="image"' \
            --form 'title="Simple upload"' \
            --form 'description="This is a simple image upload; in Imgur"'"#,
    ),
    mover(
        "Google Drive",
        "a file with its metadata as JSON",
        r#"curl -X POST -L \
            -H "Authorization: Bearer ya29.a0" \
            -F "metadata={name : 'example.zip'};type=application/json;charset=UTF-8" \
            -F "file=@example.zip;type=application/zip" \
            "http://HOST/upload/drive/v3/files?uploadType=multipart""#,
    ),
    mover(
        "WordPress",
        "an image for the media library",
        r#"curl --request POST \
            --url http://HOST/wp-json/wp/v2/media \
            --header "cache-control: no-cache" \
            --header "content-disposition: attachment; filename=tmp" \
            --header "authorization: Basic d29yZDpwcmVzcw==" \
            --header "content-type: image/png" \
            --data-binary "@dk.png" \
            --location"#,
    ),
    mover(
        "OpenAI",
        "a file to train with",
        r#"curl http://HOST/v1/files \
            -H "Authorization: Bearer $OPENAI_API_KEY" \
            -F purpose="fine-tune" \
            -F file="@mydata.jsonl""#,
    ),
    mover(
        "Stripe",
        "a file as evidence, a user without a password",
        r#"curl http://HOST/v1/files \
            -u sk_test_4eC39HqLyjWDarjtT1zdp7dc: \
            -F purpose=dispute_evidence \
            -F file="@photo.jpg""#,
    ),
    mover(
        "VirusTotal",
        "a file to look at",
        r"curl --request POST \
            --url http://HOST/api/v3/files \
            --header 'accept: application/json' \
            --header 'content-type: multipart/form-data' \
            --header 'x-apikey: <your API key>' \
            --form file=@path/to/file.bin",
    ),
    mover(
        "Jenkins",
        "a build with a file for a parameter",
        r#"curl -X POST http://HOST/job/JOB_NAME/build \
            --user USER:TOKEN \
            --form file0=@path/to/file.bin \
            --form json='{"parameter": [{"name":"FILE_LOCATION_AS_SET_IN_JENKINS", "file":"file0"}]}'"#,
    ),
    mover(
        "Jenkins",
        "a pipeline to check, out of a file as text",
        r#"curl --user admin:secret -X POST -H "Jenkins-Crumb:0db38413bd7ec9e98974f5213f7ead8b" \
            -F "jenkinsfile=<Jenkinsfile" http://HOST/pipeline-model-converter/validate"#,
    ),
    mover(
        "Dependency-Track",
        "a bill of materials",
        r#"curl -X "POST" "http://HOST/api/v1/bom" \
            -H 'Content-Type: multipart/form-data' \
            -H "X-Api-Key: xxxxxxx" \
            -F "autoCreate=true" \
            -F "projectName=xxxx" \
            -F "bom=@target/bom.xml""#,
    ),
    mover(
        "BrowserStack",
        "an app to test",
        r#"curl -u "YOUR_USERNAME:YOUR_ACCESS_KEY" \
            -X POST "http://HOST/app-automate/upload" \
            -F "file=@path/to/app.apk" \
            -F "custom_id=SampleApp""#,
    )
    .but(&[typed(
        "application/octet-stream\r\n\r\napp\r\n",
        "application/vnd.android.package-archive\r\n\r\napp\r\n",
    )]),
    mover(
        "Elasticsearch",
        "a bulk request, no scheme in front of the host",
        r#"curl -s -H "Content-Type: application/x-ndjson" -XPOST HOST/_bulk --data-binary "@requests""#,
    ),
    mover(
        "Prometheus Pushgateway",
        "a metric out of a pipe",
        r#"echo "some_metric 3.14" | curl --data-binary @- http://HOST/metrics/job/some_job"#,
    ),
    mover(
        "Nextcloud",
        "a file in a folder, under its own name",
        r#"curl -u user:password -T "My report, ä.pdf" "http://HOST/remote.php/dav/files/user/in%20box/""#,
    ),
    mover(
        "Nextcloud",
        "a file for a public share",
        r#"curl -k -u "sharetoken:" -H 'X-Requested-With: XMLHttpRequest' -T report.pdf \
            "http://HOST/public.php/webdav/report.pdf""#,
    ),
    mover(
        "transfer.sh",
        "a file, kept for some days",
        r#"curl -H "Max-Downloads: 1" -H "Max-Days: 5" --upload-file ./hello.txt http://HOST/hello.txt"#,
    ),
    mover(
        "transfer.sh",
        "several files, and the head of the answer",
        r"curl -i -F filedata=@hello.txt -F filedata=@myfile.txt http://HOST/",
    ),
    mover(
        "transfer.sh",
        "what another program makes",
        r#"cat hello.txt | tr a-z A-Z | curl -X PUT --upload-file "-" http://HOST/test.txt"#,
    )
    .but(&[Difference {
        listed: "-T - sends a pipe that ends within 1 MiB with a length, not chunked",
        curl: "Transfer-Encoding: chunked",
        here: "Content-Length: its own",
    }]),
    mover(
        "0x0.st",
        "a file that is gone after a while",
        r"curl -F'file=@dk.png' -Fsecret= -Fexpires=24 http://HOST",
    ),
    mover(
        "bashupload",
        "a file, no path behind the host",
        r"curl HOST -T hello.txt",
    ),
    mover(
        "ix.io",
        "a text out of a pipe",
        r"echo Hello world. | curl -F 'f:1=<-' HOST",
    ),
    mover(
        "a backup",
        "an archive out of a pipe, under a name",
        r"cat hello.txt | curl -F 'file=@-;filename=backup' http://HOST/upload",
    )
    .but(&[Difference {
        listed: "A file part always has a Content-Type",
        curl: "filename=\"backup\"\r\n",
        here: "filename=\"backup\"\r\nContent-Type: application/octet-stream\r\n",
    }]),
    mover(
        "Django",
        "a form with its token, a cookie and where it comes from",
        r#"curl -s -A "Mozilla/5.0 (X11; Linux x86_64)" -e http://HOST/upload/ \
            -b "csrftoken=abc123; sessionid=xyz" -H "X-CSRFToken: abc123" \
            -F csrfmiddlewaretoken=abc123 -F "title=A title, with a comma" -F docfile=@report.pdf \
            http://HOST/upload/"#,
    ),
    mover(
        "Django",
        "the same with the cookies that a request before it has left in a file",
        r#"curl -X POST -b cookies.txt -F "csrfmiddlewaretoken=abc123" -F "file=@report.pdf" "http://HOST/upload/?next=/""#,
    ),
    mover(
        "a browser",
        "a request that was copied, with a boundary of its own",
        r"curl 'http://HOST/upload' \
            -H 'Accept: */*' \
            -H 'Accept-Encoding: gzip, deflate, br' \
            -H 'Accept-Language: en-US,en;q=0.9' \
            -H 'Content-Type: multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW' \
            -b 'session=abc' \
            -H 'Origin: http://HOST' \
            -H 'User-Agent: Mozilla/5.0' \
            -F 'file=@hello.txt' \
            --compressed \
            --insecure",
    )
    .but(&[
        Difference {
            listed: "--compressed asks for an answer that is not compressed: no Accept-Encoding is sent.",
            curl: "Accept-Encoding: gzip, deflate, br\n",
            here: "",
        },
        Difference {
            listed: "`-H 'Content-Type: multipart/...; boundary=X'` makes X the boundary; curl sends two.",
            curl: "; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW; boundary=BOUNDARY",
            here: "; boundary=BOUNDARY",
        },
    ]),
    mover(
        "Postman",
        "an app for a test farm, in the words of its code snippets",
        r#"curl -u "user:key" --location --request POST 'http://HOST/v1/storage/upload' \
            --form 'payload=@"path/to/app.apk";type=application/octet-stream' \
            --form 'name="sample.apk"'"#,
    ),
    mover(
        "a build",
        "a file, as quiet as can be but for errors",
        r"curl -sSfL --retry 3 --retry-delay 5 --retry-connrefused --connect-timeout 10 -m 60 \
            -F file=@hello.txt http://HOST/upload",
    ),
    mover(
        "a build",
        "a file, the answer kept and its status printed",
        r"curl -# -o answer.json -w '%{http_code} %{content_type}\n' -F file=@hello.txt http://HOST/upload && cat answer.json",
    ),
    mover(
        "a build",
        "a file by HTTP/1.1 alone, with two checksums",
        r#"curl -uadmin:password --http1.1 -T hello.txt \
            --header "X-Checksum-MD5:b1946ac92492d2347c6235b4d2611184" \
            --header "X-Checksum-Sha1:f572d396fae9206628714fb2ce00f72e94f2258f" \
            "http://HOST/artifactory/libs/hello.txt""#,
    ),
    mover(
        "a build",
        "its log as it is written",
        r#"cat hello.txt | curl -s -N --no-buffer --max-time 300 --connect-timeout 5 -X POST \
            -H "Content-Type: text/plain" -H "Transfer-Encoding: chunked" -T - --keepalive-time 10 \
            "http://HOST/cluster-ci-log-1""#,
    ),
    mover(
        "a plugin",
        "itself, brackets in the URL",
        r#"curl "http://HOST/plugins?token=a%20b&tags[]=x&tags[]={y}" --globoff --ssl-no-revoke -fsS -F plugin=@"target/sample-1.0.jar;type=application/java-archive""#,
    ),
    mover(
        "a build",
        "secrets out of a config, no question asked of the server first",
        r"curl -K upload.conf -H 'Expect:' -F 'file=@hello.txt;filename=b.txt'",
    ),
];

/// The files that the lines name.
fn files() -> Sandbox {
    [
        ("photo.jpg", "photo"),
        ("report.pdf", "report"),
        ("My report, ä.pdf", "mine"),
        ("dist/sample-1.0.tar.gz", "dist"),
        ("pool/a_1.0_amd64.deb", "a"),
        ("pool/b_1.0_amd64.deb", "b"),
        ("pom.xml", "<project/>"),
        ("target/sample-1.0.jar", "jar"),
        ("target/bom.xml", "<bom/>"),
        ("test.png", "\u{89}PNG\r\n\u{1a}\n\0"),
        ("dk.png", "\u{89}PNG\r\n\u{1a}\n\0\r\n--"),
        ("mychart-0.1.0.tgz", "chart"),
        ("mychart-0.1.0.tgz.prov", "provenance"),
        ("path/to/file.txt", "text\n"),
        ("path/to/file.bin", "\0\u{1}\u{2}"),
        ("path/to/app.apk", "app"),
        ("example.zip", "zip"),
        ("debug-files.zip", "zip"),
        ("mini.dmp", "dump"),
        ("myfile.txt", "my file\n"),
        ("hello.txt", "hello\n"),
        ("dramacat.gif", "gif"),
        ("files/cartman.jpg", "cartman"),
        ("worker.js", "export default {}"),
        ("mydata.jsonl", "{}\n{}\n"),
        ("Jenkinsfile", "pipeline { agent any; }\n"),
        (
            "cookies.txt",
            "# Netscape HTTP Cookie File\n\n\
             127.0.0.1\tFALSE\t/\tFALSE\t2147483647\tcsrftoken\tabc123\n\
             #HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tsessionid\txyz\n\
             127.0.0.1\tFALSE\t/upload\tFALSE\t0\tid\t1\n\
             127.0.0.1\tFALSE\t/admin\tFALSE\t0\tother\tno\n\
             127.0.0.1\tFALSE\t/\tFALSE\t1\tover\tno\n",
        ),
        ("requests", "{\"index\":{}}\n{\"a\":1}\n"),
    ]
    .into_iter()
    .fold(Sandbox::new(), |sandbox, (name, content)| {
        sandbox.file(name, content)
    })
}

/// Runs a line, with these steps of a script in front of it.
fn run(mover: &Mover, tap: &WireTap, prelude: &[&str]) -> Outcome {
    let address = tap.address();
    let config = format!(
        "# nothing that others may see\nurl = \"http://{address}/nightly?a=b\"\nuser = \"me:se\\\\cret\"\nform = \"build=42\"\n"
    );
    let sandbox = files().file("upload.conf", config);
    let line = mover.line.replace("HOST", &address);
    sandbox.script(&[prelude, &[&line]].concat()).run()
}

/// What is answered. curl waits a second for the word that it asks for in front of a `-T`, unless it is given.
fn answer(mover: &Mover) -> Answer {
    let fields = ["Content-Type: application/json"];
    let answer = Answer::with_headers("201 Created", &fields, "{\"ok\":true}\n").and_close();
    if mover.line.contains("-T ") || mover.line.contains("--upload-file ") {
        answer.interim("HTTP/1.1 100 Continue\r\n\r\n")
    } else {
        answer
    }
}

/// A request as text, without what is never the same: line, fields, body with a character for each octet.
fn comparable(request: &Request) -> String {
    assert!(request.is_complete, "{}", request.head);
    let lines = request.head.trim_end().lines().skip(1);
    let fields: String = lines.filter_map(comparable_field).collect();
    let body: String = request.body.iter().copied().map(char::from).collect();
    let text = format!("{}\n{fields}\n{body}", comparable_line(request.line()));
    let content_type = request.header("Content-Type").unwrap_or_default();
    match content_type.rsplit_once("boundary=") {
        Some((_, boundary)) => text.replace(boundary, "BOUNDARY"),
        None => text,
    }
}

/// A request line with capitals in its escapes, as younger curls have them (RFC 3986 section 2.1).
fn comparable_line(line: &str) -> String {
    let mut pieces = line.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |line, piece| {
        let (digits, rest) = piece.split_at(2);
        format!("{line}%{}{rest}", digits.to_ascii_uppercase())
    })
}

/// A field with one blank behind its colon, which means nothing; without a length, which the boundary is a part of.
fn comparable_field(line: &str) -> Option<String> {
    let (name, value) = line.split_once(':').unwrap();
    let value = value.trim();
    let is_own = value.starts_with("curl/") || value.starts_with("formpost/");
    match name {
        "Expect" => None,
        "User-Agent" if is_own => None,
        "Content-Length" => Some(String::from("Content-Length: its own\n")),
        _ => Some(format!("{name}: {value}\n")),
    }
}

/// The same with the fields in order: which comes first means nothing.
fn in_order(text: &str) -> String {
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines: Vec<&str> = head.lines().collect();
    lines[1..].sort_unstable();
    format!("{}\n\n{body}", lines.join("\n"))
}

/// What curl sent, as this program has to send it.
#[track_caller]
fn expected(mover: &Mover, sent: &Request) -> String {
    let mut text = comparable(sent);
    for Difference { curl, here, .. } in mover.differs {
        assert!(
            text.contains(curl),
            "{}\ncurl sends no {curl:?} in\n{text}",
            mover.line
        );
        text = text.replacen(curl, here, 1);
    }
    in_order(&text)
}

#[test]
fn what_was_written_for_curl_sends_what_curl_sends() {
    if !tools::is_there("curl") {
        return;
    }
    for mover in MOVERS {
        let tap = WireTap::answering([answer(mover), answer(mover)]);
        let by_curl = run(mover, &tap, &[]);
        let by_us = run(mover, &tap, &["curl() { \"$0\" \"$@\"; }"]);
        by_curl.code(0);
        by_us.code(0).stdout(by_curl.stdout_text());
        let requests = tap.requests();
        let expected = expected(mover, &requests[0]);
        let got = in_order(&comparable(&requests[1]));
        assert!(
            got == expected && requests[1].header("Expect").is_none(),
            "\n{}, {}\n{}\n--- expected ---\n{}\n--- got ---\n{}\n",
            mover.service,
            mover.purpose,
            mover.line,
            visible(expected.as_bytes()),
            visible(got.as_bytes()),
        );
    }
}

#[test]
fn every_difference_from_curl_is_listed_in_the_help() {
    let help = Sandbox::new().formpost(["--help"]).run().stdout_text();
    let help: Vec<&str> = help.split_whitespace().collect();
    let help = help.join(" ");
    for difference in MOVERS.iter().flat_map(|mover| mover.differs) {
        let listed = difference.listed;
        assert!(help.contains(listed), "{listed:?} is not in the help");
    }
}

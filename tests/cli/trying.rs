//! `formpost try`: an upload with no server at hand, and what a server saw of it.

use crate::receiver::sha256;
use crate::sandbox::Sandbox;

/// What `try` says when what came is what was read.
const EQUAL: &str = "what the server saw is what was read";

#[test]
fn a_file_is_shown_as_a_server_saw_it() {
    let content = "# A document\n".repeat(1000);
    let outcome = Sandbox::new()
        .file("README.md", &content)
        .formpost(["try", "README.md"])
        .run();
    outcome.code(0).stderr_has("200 OK").stderr_has(EQUAL);
    outcome
        .stdout_has("#  name  filename   type")
        .stdout_has("1  file  README.md  text/markdown  13000")
        .stdout_has(&sha256(content.as_bytes())[..16])
        .stdout_has("1 part, ");
}

#[test]
fn what_a_server_saw_is_there_as_json() {
    let outcome = Sandbox::new()
        .file("a.txt", "hello")
        .formpost(["try", "--json", "a.txt", "-F", "title=A tree"])
        .run();
    outcome.code(0).stderr_has(EQUAL);
    let seen = outcome.json();
    let (title, file) = (&seen["parts"][0], &seen["parts"][1]);
    assert_eq!(title["name"], "title");
    assert_eq!(title["sha256"], sha256(&b"A tree"[..]));
    assert_eq!(file["filename"], "a.txt");
    assert_eq!(file["content_type"], "text/plain");
    assert_eq!(file["size"], 5);
    assert_eq!(file["sha256"], sha256(&b"hello"[..]));
}

#[test]
fn without_arguments_there_is_something_to_see() {
    let outcome = Sandbox::new().formpost(["try"]).run();
    outcome.code(0).stderr_has(EQUAL);
    outcome.stdout_has("hello.txt").stdout_has("2 parts, ");
}

#[test]
fn a_pipe_is_compared_too() {
    // One that goes with a length, and one that goes in chunks.
    for length in [3, 3 << 20] {
        let content = vec![b'p'; length];
        let outcome = Sandbox::new()
            .formpost(["try", "--json", "-"])
            .stdin(content.clone())
            .run();
        outcome.code(0).stderr_has(EQUAL);
        assert_eq!(
            outcome.json()["parts"][0]["sha256"],
            sha256(content.as_slice())
        );
    }
}

#[test]
fn what_goes_out_encoded_is_compared_as_it_goes_out() {
    let outcome = Sandbox::new()
        .file("a.txt", "hello")
        .formpost(["try", "--json", "-F", "a=@a.txt;encoder=base64"])
        .run();
    outcome
        .code(0)
        .stderr_has("what the server saw is what was sent")
        .stderr_lacks(EQUAL);
    assert_eq!(
        outcome.json()["parts"][0]["sha256"],
        sha256(&b"aGVsbG8="[..])
    );
}

#[test]
fn several_files_keep_their_names() {
    let names = ["grüße, 中文 🙂.txt", "q\"uo.txt", "a;b='c'.txt", "-dash"];
    let sandbox = names
        .iter()
        .fold(Sandbox::new(), |sandbox, name| sandbox.file(name, name));
    let outcome = sandbox.formpost(["try", "--json", "--"]).args(names).run();
    outcome.code(0).stderr_has(EQUAL);
    let seen = outcome.json();
    for (index, name) in names.iter().enumerate() {
        let part = &seen["parts"][index];
        assert_eq!(part["filename"], *name);
        assert_eq!(part["sha256"], sha256(name.as_bytes()));
    }
}

#[test]
fn a_group_of_files_is_one_part_to_a_server() {
    Sandbox::new()
        .file("a.txt", "a")
        .file("b.txt", "b")
        .formpost(["try", "-F", "g=@a.txt,b.txt"])
        .run()
        .code(0)
        .stdout_has("multipart/mixed")
        .stderr_has("it is not compared with its contents");
}

#[test]
fn a_file_that_is_not_there_is_told_as_ever() {
    Sandbox::new()
        .formpost(["try", "missing.txt"])
        .run()
        .code(6)
        .stdout("")
        .stderr_has("missing.txt");
}

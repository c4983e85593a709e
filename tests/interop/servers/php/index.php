<?php
// PHP: what it makes of a form before any program of it runs, which is in $_POST and $_FILES.

/** The parts under one name: PHP hands over one of several, or, if the name ends in [], a list. */
function texts(string $name, string|array $text): iterable
{
    foreach ((array) $text as $one) {
        yield [
            "name" => $name,
            "filename" => null,
            "content_type" => null,
            "size" => strlen($one),
            "sha256" => hash("sha256", $one),
        ];
    }
}

function files(string $name, array $file): iterable
{
    // A list of files is an array of lists.
    foreach (array_keys((array) $file["name"]) as $at) {
        ["tmp_name" => $path, "name" => $filename, "type" => $type, "error" => $error] = array_map(
            fn($value) => ((array) $value)[$at],
            $file,
        );
        yield $error !== UPLOAD_ERR_OK
            ? ["name" => $name, "filename" => $filename, "error" => $error]
            : [
                "name" => $name,
                "filename" => $filename,
                "content_type" => $type,
                "size" => filesize($path),
                "sha256" => hash_file("sha256", $path),
            ];
    }
}

$parts = [];
foreach ($_POST as $name => $text) {
    array_push($parts, ...texts($name, $text));
}
foreach ($_FILES as $name => $file) {
    array_push($parts, ...files($name, $file));
}
$framing = isset($_SERVER["HTTP_TRANSFER_ENCODING"]) ? "chunked" : "length";
header("Content-Type: application/json");
echo json_encode(["framing" => $framing, "parts" => $parts]);

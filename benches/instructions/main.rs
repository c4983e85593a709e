//! How many instructions the program takes, beside the budget in `budget`: more than 5 % beyond it is red.
//!
//! ```console
//! $ cargo run --release -p instructions              # builds the program, counts, compares, and fails with the figure
//! $ BLESS=1 cargo run --release -p instructions      # writes the budget anew
//! ```
//!
//! Valgrind's callgrind counts, so that neither the machine's speed nor its load takes part. What still does:
//!
//! * The compiler, and the C library with its loader. The budget says which it was made with, and who is red with others
//!   is told so. If the source without the change is red with them as well, they are what it takes: bless that, in a
//!   commit of its own.
//! * What the processor can do, since the delimiter search and the C library's copying choose by that. Valgrind shows
//!   every processor that has AVX2 as the same one; the budget is for these, under Linux on x86-64. Elsewhere the counts
//!   are shown and nothing is judged.
//! * Chance: an upload into a socket that is full for a moment takes a few per cent more. Each program is counted five
//!   times, and the least counts; the rest, the keys of hash tables and the random boundary, is far below one per cent.
//!
//! The kernel's own work is not counted; copying is, an instruction for each octet where the C library does it.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

/// A server that throws away.
#[path = "../sink/mod.rs"]
mod sink;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter, Write as _};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use formpost::multipart::{Boundary, Encoder, Escape, Event, Limits, Parser, PartHead};

type Outcome<T> = Result<T, Box<dyn Error>>;

const BUDGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/budget");
const ROUNDS: usize = 5;
/// How many per cent of the budget a count may be off.
const TOLERANCE: f64 = 5.0;
const BOUNDARY: &str = "------------------------benchbenchbenchbenchbench";

fn main() -> Outcome<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &arguments[..] {
        // Under callgrind, as one of the programs that are counted.
        [word, path] if word == "parse" => parse(Path::new(path)).map(|()| ExitCode::SUCCESS),
        _ => guard(),
    }
}

/// Takes a body apart as a receiver does, slice by slice.
fn parse(path: &Path) -> Outcome<()> {
    let mut file = File::open(path)?;
    let mut slice = vec![0; 64 * 1024];
    let mut parser = Parser::new(&Boundary::new(BOUNDARY)?, Limits::default());
    loop {
        let length = file.read(&mut slice)?;
        parser.feed(&slice[..length]);
        if length == 0 {
            parser.finish();
        }
        loop {
            match parser.next_event()? {
                Event::NeedMore => break,
                Event::End => return Ok(()),
                Event::Part(_) | Event::Content(_) | Event::PartEnd => {}
            }
        }
    }
}

/// Counts all programs and holds them to the budget.
fn guard() -> Outcome<ExitCode> {
    let folder = tempfile::tempdir()?;
    let mut counts = Vec::new();
    let formpost = build()?;
    for program in programs(&formpost, folder.path())? {
        counts.push((program.name, program.count(folder.path())?));
    }
    if variable("BLESS").is_some() {
        bless(&counts)?;
    }
    let budget = fs::read_to_string(BUDGET)?;
    let rows: Vec<_> = counts
        .into_iter()
        .map(|(name, count)| Row {
            name,
            count,
            budget: budgeted(&budget, name),
        })
        .collect();
    for row in &rows {
        println!("{row}");
    }
    if let Err(machine) = has_budget() {
        println!("Nothing is judged: the budget is for {machine}.");
        return Ok(ExitCode::SUCCESS);
    }
    judge(&rows, &budget)
}

/// What is counted.
struct Program {
    name: &'static str,
    path: PathBuf,
    arguments: Vec<String>,
}

/// Builds the program, beside this one, and says where it is.
fn build() -> Outcome<PathBuf> {
    if cfg!(debug_assertions) {
        return Err("expected to be a release itself: cargo run --release -p instructions".into());
    }
    let mut build = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".into()));
    build
        .args(["build", "--release", "--locked", "--package=formpost"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    // What cargo says of this program; dependencies that look at it are built anew when it is another.
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            build.env_remove(name);
        }
    }
    let status = build.status()?;
    if !status.success() {
        return Err(format!("the program cannot be built: {status}").into());
    }
    let name = format!("formpost{}", env::consts::EXE_SUFFIX);
    Ok(env::current_exe()?.with_file_name(name))
}

/// All of them, and in `folder` the files that they read.
fn programs(formpost: &Path, folder: &Path) -> Outcome<Vec<Program>> {
    let content = noise(16 << 20);
    fs::write(folder.join("upload.bin"), &content[..1 << 20])?;
    fs::write(folder.join("one"), body(1, &content)?)?;
    fs::write(folder.join("many"), body(1000, b"some words")?)?;
    let url = format!("http://{}/", sink::start(sink::Manner::default())?);

    let run = |name, arguments: &[&str]| Program {
        name,
        path: formpost.to_owned(),
        arguments: arguments.iter().map(ToString::to_string).collect(),
    };
    let fields: Vec<_> = (0..100).map(|number| format!("f{number}=value")).collect();
    let mut form = vec!["--dry-run", "http://localhost/"];
    form.extend(fields.iter().flat_map(|field| ["-F", field]));
    let itself = env::current_exe()?;
    let parser = |name, file: &str| Program {
        name,
        path: itself.clone(),
        arguments: vec!["parse".into(), file.into()],
    };
    Ok(vec![
        run("formpost --version", &["--version"]),
        run("formpost --help", &["--help"]),
        run("a dry run of 100 fields", &form),
        run(
            "an upload of 1 MiB",
            &["-s", "-F", "file=@upload.bin", &url],
        ),
        parser("parsing one part of 16 MiB", "one"),
        parser("parsing 1,000 parts of 10 octets", "many"),
    ])
}

/// Octets in no order, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// A body of so many files with that content.
fn body(parts: usize, content: &[u8]) -> Outcome<Vec<u8>> {
    let boundary = Boundary::new(BOUNDARY)?;
    let mut encoder = Encoder::new(&boundary, Escape::Percent);
    let head = PartHead {
        name: Some(b"file".to_vec()),
        filename: Some(b"upload.bin".to_vec()),
        ..PartHead::default()
    };
    let mut body = Vec::new();
    for _ in 0..parts {
        body.extend(encoder.part(&head)?);
        body.extend(content);
    }
    body.extend(encoder.finish());
    Ok(body)
}

impl Program {
    /// How many instructions it takes, at the least.
    fn count(&self, folder: &Path) -> Outcome<u64> {
        let mut least = u64::MAX;
        for _ in 0..ROUNDS {
            least = least.min(self.count_once(folder)?);
        }
        Ok(least)
    }

    fn count_once(&self, folder: &Path) -> Outcome<u64> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=counted"])
            .arg(&self.path)
            .args(&self.arguments)
            .current_dir(folder)
            // Whatever stands there would be counted, and may change what the program does. Valgrind has to be found.
            .env_clear()
            .envs(variable("PATH").map(|path| ("PATH", path)))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("valgrind, which counts: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: {}\n{said}", self.name, output.status).into());
        }
        let counted = fs::read_to_string(folder.join("counted"))?;
        let total = counted
            .lines()
            .find_map(|line| line.strip_prefix("totals: "))
            .ok_or("callgrind gave no total")?;
        Ok(total.trim().parse()?)
    }
}

/// A line of the table.
struct Row {
    name: &'static str,
    count: u64,
    budget: Option<u64>,
}

impl Row {
    /// By how many per cent it is off.
    #[expect(clippy::cast_precision_loss, reason = "it is shown with one decimal")]
    fn difference(&self) -> Option<f64> {
        let budget = self.budget? as f64;
        Some((self.count as f64 - budget) / budget * 100.0)
    }
}

impl Display for Row {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:34}{:>12}", self.name, self.count)?;
        match (self.budget, self.difference()) {
            (Some(budget), Some(difference)) => {
                write!(formatter, "{budget:>12}{difference:>+7.1} %")
            }
            _ => write!(formatter, "    in no budget"),
        }
    }
}

/// Says what is beyond the budget, and what could be taken off it.
fn judge(rows: &[Row], budget: &str) -> Outcome<ExitCode> {
    let mut is_red = false;
    for row in rows {
        let name = row.name;
        match row.difference() {
            Some(difference) if difference.abs() <= TOLERANCE => {}
            Some(less) if less < 0.0 => {
                println!(
                    "{name} takes {:.1} % less than its budget: BLESS=1 keeps the gain.",
                    -less
                );
            }
            Some(more) => {
                println!("RED: {name} takes {more:.1} % more than its budget.");
                is_red = true;
            }
            None => {
                println!("RED: {name} is in no budget.");
                is_red = true;
            }
        }
    }
    let tools = tools()?;
    if is_red && !budget.contains(&tools) {
        println!(
            "The budget was made with other tools; these are {tools}. See the top of benches/instructions/main.rs."
        );
    }
    Ok(ExitCode::from(u8::from(is_red)))
}

/// What is written of a program in the budget.
fn budgeted(budget: &str, name: &str) -> Option<u64> {
    let mut lines = budget
        .lines()
        .filter_map(|line| line.trim().split_once("  "));
    let (count, _) = lines.find(|(_, program)| *program == name)?;
    count.parse().ok()
}

fn bless(counts: &[(&str, u64)]) -> Outcome<()> {
    has_budget().map_err(|machine| format!("the budget is for {machine}"))?;
    let mut budget = format!(
        "# `BLESS=1 cargo run --release -p instructions` writes this file.\n# {}\n",
        tools()?
    );
    for (name, count) in counts {
        writeln!(budget, "{count:>12}  {name}")?;
    }
    Ok(fs::write(BUDGET, budget)?)
}

/// What the counts depend on, besides the source.
fn tools() -> Outcome<String> {
    let mut versions = Vec::new();
    for program in ["rustc", "ldd", "valgrind"] {
        let output = Command::new(program).arg("--version").output()?;
        let text = String::from_utf8(output.stdout)?;
        versions.extend(text.lines().next().map(str::to_owned));
    }
    Ok(versions.join(", "))
}

/// Whether this machine is one for which there is a budget, or what one that has it is.
fn has_budget() -> Result<(), &'static str> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    if std::arch::is_x86_feature_detected!("avx2") {
        return Ok(());
    }
    Err("Linux on x86-64 with AVX2")
}

#[expect(clippy::disallowed_methods, reason = "this is for who runs the bench")]
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

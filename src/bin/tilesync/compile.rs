//! Runs the C++ compiler.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Chip, Cpp, Failure, header, rewrite};

/// Lines and callers stay what they are in the source: calls are not merged, inlined or made jumps.
const FLAGS: &[&str] = &[
    "-std=c++23",
    "-g1",
    "-O1",
    "-fno-inline",
    "-fno-omit-frame-pointer",
    "-fno-optimize-sibling-calls",
];

/// The header that everything else stands behind.
const TRACE: &str = "tilesync/trace.hpp";

/// Flags of the preprocessor. What they say may be the next argument.
const OF_PREPROCESSOR: &[&str] =
    &["-I", "-D", "-U", "-isystem", "-iquote", "-idirafter", "-include"];

/// What `tilesync c++` takes `Cpp` from: it must not stand in the way of the compiler's own arguments.
const PTO: &str = "TILESYNC_PTO";

impl Cpp {
    /// The flags that make a compiler trace.
    fn flags(&self) -> Result<Vec<OsString>, Failure> {
        if !self.pto.join("pto/pto-inst.hpp").is_file() {
            let shown = self.pto.display();
            return Err(format!("there is no pto/pto-inst.hpp in {shown}: --pto is the library's `include` directory").into());
        }
        let ours = header::directory()?;
        let include = |path: &Path| {
            let mut flag = OsString::from("-I");
            flag.push(path);
            flag
        };
        let mut flags: Vec<OsString> = FLAGS.iter().map(Into::into).collect();
        flags.push("-D__CPU_SIM".into());
        flags.push(format!("-DTILESYNC_CHIP={}", u8::from(matches!(self.chip, Chip::A5))).into());
        flags.push(format!("-DTILESYNC_COMPUTE={}", u8::from(self.compute)).into());
        flags.push(include(&ours.join("shadow")));
        flags.push(include(&ours));
        flags.push(include(&std::path::absolute(&self.pto)?));
        flags.extend(["-include".into(), TRACE.into()]);
        Ok(flags)
    }
}

/// The compiler: `$CXX`, or the first of the usual ones that there is.
fn compiler() -> Result<OsString, Failure> {
    if let Some(named) = std::env::var_os("TILESYNC_CXX").filter(|name| !name.is_empty()) {
        return Ok(named);
    }
    const USUAL: &[&str] = &[
        "clang++",
        "clang++-21",
        "clang++-20",
        "clang++-19",
        "clang++-18",
        "g++",
        "g++-14",
        "g++-13",
        "g++-12",
        "c++",
    ];
    let works = |name: &&&str| {
        let run = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        run.is_ok_and(|status| status.success())
    };
    let found = USUAL.iter().find(works).ok_or_else(|| {
        format!("there is no C++ compiler: install clang or g++, or name one in TILESYNC_CXX (tried {})", USUAL.join(", "))
    })?;
    Ok(found.into())
}

/// Compiles one source: preprocesses it, rewrites its launches, and compiles what comes out.
fn object(
    compiler: &OsString,
    source: &Path,
    flags: &[OsString],
    to: &Path,
) -> Result<(), Failure> {
    let text = to.with_extension("ii");
    run(Command::new(compiler).args(flags).arg("-E").arg(source).arg("-o").arg(&text), source)?;
    let preprocessed = String::from_utf8_lossy(&fs::read(&text)?).into_owned();
    let rewritten = rewrite::launches(&preprocessed);
    fs::write(&text, rewritten.map_err(|error| format!("{}: {error}", source.display()))?)?;
    let kept = flags.iter().filter(|flag| {
        let flag = flag.to_string_lossy();
        let of_preprocessor = OF_PREPROCESSOR.iter().any(|name| flag.starts_with(name));
        !of_preprocessor && flag != TRACE
    });
    // What the library's headers do is not the kernel's fault.
    run(Command::new(compiler).args(kept).args(["-w", "-c"]).arg(&text).arg("-o").arg(to), source)?;
    Ok(())
}

/// Runs a compiler, whose messages go where they always go.
fn run(command: &mut Command, what: &Path) -> Result<(), Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("cannot run {name}: {error}"))?;
    if !status.success() {
        return Err(format!("{} does not compile with {name}", what.display()).into());
    }
    Ok(())
}

/// A directory that goes away when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let name = format!("tilesync-{}-{:x}", std::process::id(), fastrand::u64(..));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path)
            .map_err(|error| format!("cannot write to {}: {error}", path.display()))?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// `tilesync trace`.
pub(crate) fn trace(
    cpp: &Cpp,
    sources: &[PathBuf],
    more: &[String],
    output: &Path,
    arguments: &[String],
) -> Result<bool, Failure> {
    let (compiler, scratch) = (compiler()?, Scratch::new()?);
    let (libraries, more): (Vec<_>, Vec<_>) =
        more.iter().partition(|flag| flag.starts_with("-l") || flag.starts_with("-L"));
    let mut flags = cpp.flags()?;
    flags.extend(more.into_iter().map(Into::into));
    let mut objects = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        if !source.is_file() {
            return Err(format!("there is no file {}", source.display()).into());
        }
        let to = scratch.0.join(format!("{number}.o"));
        object(&compiler, source, &flags, &to)?;
        objects.push(to);
    }
    let program = scratch.0.join("program");
    let mut link = Command::new(&compiler);
    link.args(&objects).arg("-o").arg(&program).args(libraries).args(["-ldl", "-lpthread"]);
    run(&mut link, Path::new("the program"))?;
    if let Err(error) = fs::remove_file(output)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(format!("cannot write {}: {error}", output.display()).into());
    }
    let traced = Command::new(&program).args(arguments).env("TILESYNC_TRACE", output).status();
    let traced = traced.map_err(|error| format!("cannot run the program: {error}"))?;
    if !output.is_file() {
        return Err(match traced.success() {
            true => {
                "the program ended without a trace: it never called the library or the host's API"
                    .into()
            }
            false => format!("the program failed ({traced}) before it wrote a trace").into(),
        });
    }
    if !traced.success() {
        return Err(format!(
            "the program failed ({traced}); what it did before is in {}",
            output.display()
        )
        .into());
    }
    Ok(true)
}

/// `tilesync c++`: compiles each C++ source among the arguments through a rewritten copy, and leaves the rest to the compiler.
pub(crate) fn as_compiler(arguments: &[String]) -> Result<bool, Failure> {
    let (compiler, scratch) = (compiler()?, Scratch::new()?);
    let pto = std::env::var_os(PTO)
        .ok_or_else(|| format!("set {PTO} to the `include` directory of the PTO library"))?;
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let chip = if set("TILESYNC_A5") { Chip::A5 } else { Chip::A2a3 };
    let mut flags = Cpp { pto: pto.into(), chip, compute: set("TILESYNC_COMPUTE") }.flags()?;
    let is_source = |argument: &String| {
        let extension = Path::new(argument).extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("cpp" | "cc" | "cxx" | "cce"))
    };
    flags.extend(of_sources(arguments));
    let mut rest: Vec<OsString> = Vec::new();
    for (number, argument) in arguments.iter().enumerate() {
        if is_source(argument) {
            let to = scratch.0.join(format!("{number}.o"));
            object(&compiler, Path::new(argument), &flags, &to)?;
            rest.push(to.into());
        } else {
            rest.push(argument.into());
        }
    }
    // To compile only is to put the object where it is wanted.
    if arguments.iter().any(|argument| argument == "-c") {
        rest.retain(|argument| argument != "-c");
        rest.push("-r".into());
    }
    let status = Command::new(&compiler).args(rest).status()?;
    Ok(status.success())
}

/// The arguments that concern how sources are read and compiled. A flag and what it says are one.
fn of_sources(arguments: &[String]) -> Vec<OsString> {
    let mut flags = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if OF_PREPROCESSOR.contains(&argument.as_str()) {
            let value = arguments.next().map_or("", String::as_str);
            flags.push(format!("{argument}{value}").into());
        } else if OF_PREPROCESSOR.iter().any(|name| argument.starts_with(name))
            || argument.starts_with("-f")
            || argument.starts_with("-m")
        {
            flags.push(argument.into());
        }
    }
    flags
}

/// `tilesync cxxflags`.
pub(crate) fn print_flags(cpp: &Cpp) -> Result<bool, Failure> {
    let flags = cpp.flags()?;
    let flags: Vec<_> = flags.iter().map(|flag| flag.to_string_lossy()).collect();
    println!("{}", flags.join(" "));
    Ok(true)
}

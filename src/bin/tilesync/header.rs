//! The C++ headers, which are part of this program and are written to a directory of the user's cache.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::Failure;

macro_rules! headers {
    ($($path:literal)*) => {
        const HEADERS: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../../cpp/include/", $path)))),*];
    };
}

headers! {
    "shadow/acl/acl.h"
    "shadow/kernel_operator.h"
    "shadow/pto/common/cpu_stub.hpp"
    "shadow/pto/common/event.hpp"
    "shadow/pto/common/fifo.hpp"
    "shadow/pto/cpu/NPUMemoryModel.hpp"
    "shadow/pto/cpu/trace.hpp"
    "shadow/runtime/rt.h"
    "shadow/securec.h"
    "tilesync/call.hpp"
    "tilesync/event.hpp"
    "tilesync/fifo.hpp"
    "tilesync/flags.hpp"
    "tilesync/format.hpp"
    "tilesync/hooks.hpp"
    "tilesync/host.hpp"
    "tilesync/launch.hpp"
    "tilesync/lines.hpp"
    "tilesync/memory.hpp"
    "tilesync/operand.hpp"
    "tilesync/recorder.hpp"
    "tilesync/rename.hpp"
    "tilesync/roles.hpp"
    "tilesync/scalar.hpp"
    "tilesync/stream.hpp"
    "tilesync/trace.hpp"
}

/// The directory with the headers. Its name is that of their content, so that no other version's are taken for them.
pub(crate) fn directory() -> Result<PathBuf, Failure> {
    let mut hasher = DefaultHasher::new();
    HEADERS.hash(&mut hasher);
    let cache = ["XDG_CACHE_HOME", "HOME"].into_iter().find_map(|name| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some(if name == "HOME" { Path::new(&value).join(".cache") } else { value.into() })
    });
    let cache = cache.unwrap_or_else(std::env::temp_dir);
    let directory = cache.join("tilesync").join(format!("include-{:016x}", hasher.finish()));
    for (path, text) in HEADERS {
        let file = directory.join(path);
        if fs::read(&file).is_ok_and(|known| known == text.as_bytes()) {
            continue;
        }
        let write = |file: &Path| {
            file.parent().map_or(Ok(()), fs::create_dir_all)?;
            // Another process may do the same: each writes a file of its own, and puts it there whole.
            let own = file.with_extension(format!("{}.tmp", std::process::id()));
            fs::write(&own, text)?;
            fs::rename(&own, file)
        };
        write(&file).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    Ok(directory)
}

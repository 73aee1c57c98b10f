//! Names in the C++ that are not to be given twice.

/// Those of the writer's own, of C++ and of the library, that a tile or a tensor might be called by.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "i", "j", "k", "l", "m", "n",
    "block", "block_row", "block_col", "sub_block", "rows", "cols", "at", "number", "id", "rounds", "ffts", "length", "stream",
    "alignas", "alignof", "and", "asm", "auto", "bitand", "bitor", "bool", "case", "catch", "char", "class", "compl", "concept", "default",
    "delete", "do", "double", "enum", "explicit", "export", "extern", "float", "friend", "goto", "half", "inline", "int", "long", "mutable",
    "namespace", "new", "noexcept", "not", "operator", "or", "private", "protected", "public", "register", "requires", "short", "signed",
    "sizeof", "switch", "template", "this", "throw", "typedef", "typename", "union", "unsigned", "using", "virtual", "void", "volatile",
    "xor",
];

/// Whether the C++ has another use for it.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// `name`, with a number behind it if it is taken.
pub(super) fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while is_taken(&free) {
        number += 1;
        free = format!("{name}{number}");
    }
    free
}

/// The name of a file without its path.
pub(super) fn base(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

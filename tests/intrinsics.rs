//! The table of the intrinsics: against PTO's list of names, and against the page that the documentation shows.
//!
//! `intrinsics.tsv` has a line for each intrinsic of PTO: its name; `form` where it has a function, `otherwise` where it is written in
//! another way, `missing`, or `later`; and the functions where they bear another name, or the reason.
//!
//! `TILESYNC_WRITE=1 cargo test --test intrinsics` writes the page anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use tilesync::isa::table::{FAMILIES, Form, forms};

const INTRINSICS: &str = include_str!("intrinsics.tsv");

/// Name, status and text of each intrinsic.
fn intrinsics() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    INTRINSICS.lines().skip(1).map(|line| {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        (next(), next(), next())
    })
}

fn forms_of(pto: &str) -> impl Iterator<Item = &'static Form> {
    forms().filter(move |form| form.pto == pto)
}

#[test]
fn every_intrinsic_has_a_form_or_a_reason() {
    for (name, status, text) in intrinsics() {
        let has_form = forms_of(name).next().is_some();
        match status {
            "form" if text.is_empty() => assert!(has_form, "{name} is `form`, and has none"),
            "form" => {
                for function in text.split(' ') {
                    let known = forms().any(|form| form.name == function);
                    assert!(known, "{name}: there is no `{function}`");
                }
            }
            "otherwise" | "missing" | "later" => {
                assert!(!text.is_empty(), "{name} has neither a form nor a reason");
                assert!(!has_form, "{name} has a form now: write `form` in its line");
            }
            _ => panic!("{name}: `{status}` is no status"),
        }
    }
}

#[test]
fn all_159_intrinsics_are_listed_once_and_every_form_is_one_of_them() {
    let names: BTreeSet<_> = intrinsics().map(|(name, ..)| name).collect();
    assert_eq!(names.len(), 159);
    assert_eq!(intrinsics().count(), 159);
    assert_eq!(intrinsics().filter(|(_, status, _)| *status == "later").count(), 11);
    for form in forms() {
        assert!(names.contains(form.pto), "{}: PTO has no `{}`", form.name, form.pto);
    }
}

#[test]
fn every_form_says_where_it_runs() {
    for Form { name, ops, formula, a2a3, a5, .. } in forms() {
        assert!(!ops.is_empty() && !formula.is_empty(), "{name}");
        assert!(!(a2a3.is_empty() && a5.is_empty()), "`{name}` is on no chip");
    }
    let functions: Vec<_> = forms()
        .flat_map(|form| [form.name].into_iter().chain(form.in_place.iter().copied()))
        .collect();
    assert_eq!(functions.iter().collect::<BTreeSet<_>>().len(), functions.len());
}

#[test]
fn the_page_is_that_of_the_declarations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("dsl/src/isa/table.md");
    let page = page().expect("a string takes all that is written");
    if std::env::var_os("TILESYNC_WRITE").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).expect("the page is there");
    assert!(written == page, "stale: `TILESYNC_WRITE=1 cargo test --test intrinsics`");
}

fn page() -> Result<String, std::fmt::Error> {
    let mut page = String::from("# The intrinsics\n\nWritten from their declarations.\n");
    for family in FAMILIES {
        write!(page, "\n### {}\n\n", family.title)?;
        page += "| PTO | | pipe | element types on a2a3 | on a5 | |\n|---|---|---|---|---|---|\n";
        for form in family.forms.iter().copied().flatten() {
            row(&mut page, form)?;
        }
    }
    page += "\n### Written in another way\n\n| PTO | |\n|---|---|\n";
    for (name, _, text) in intrinsics().filter(|(_, status, _)| *status == "otherwise") {
        writeln!(page, "| {name} | {text} |")?;
    }
    let of = |wanted| intrinsics().filter(move |(_, status, _)| *status == wanted);
    let list = |wanted| of(wanted).map(|(name, ..)| name).collect::<Vec<_>>().join(",\n");
    if of("missing").next().is_some() {
        write!(page, "\n### Not written yet\n\n{}.\n", list("missing"))?;
    }
    write!(page, "\n### Communication between chips, not written yet\n\n{}.\n", list("later"))?;
    Ok(page)
}

fn row(page: &mut String, form: &Form) -> std::fmt::Result {
    let Form { name, in_place, pto, ops, formula, a2a3, a5, .. } = form;
    let pipes: BTreeSet<_> = ops.iter().map(|op| op.pipe()).collect();
    let pipes: Vec<_> = pipes.iter().map(|pipe| pipe.to_string().replace("PIPE_", "")).collect();
    let functions: Vec<_> =
        [name].into_iter().chain(*in_place).map(|name| format!("[`{name}`]")).collect();
    let types = |types: &'static str| if types.is_empty() { "–" } else { types };
    // Said once an op, and true of all its forms on a chip.
    let high = forms().find(|other| other.ops == *ops && !other.high.is_empty());
    let high = high.map_or_else(String::new, |op| format!("; in high precision {}", op.high));
    writeln!(
        page,
        "| {pto} | {} | {} | {} | {}{high} | `{}` |",
        functions.join(", "),
        pipes.join(", "),
        types(a2a3),
        types(a5),
        formula.replace('|', "\\|"),
    )
}

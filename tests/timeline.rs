//! The pictures of a timeline: of a forecast and of a run on this machine.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use tilesync::exec::simulate::{Profile, Simulated};
use tilesync::exec::timeline::Timeline;
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: [VecTile<'k, f32, 64, 64>; 2],
}

#[kernel]
fn exponentials<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut ring = ub.x.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..x.rows() / 64 {
        let (slot, open) = ring.take();
        let x = tload(slot, &x.tile(i, 0)).record::<TExp>();
        let x = texp_assign(x).record::<TStoreVec>();
        ring = open.put(tstore(&y.tile(i, 0), x).release::<TLoad>());
    }
    Ub::retire(UbTokens { x: ring })
}

const ROWS: usize = 512;

fn forecast() -> Timeline {
    let (x, mut y) = (vec![0.0; ROWS * 64], vec![0.0; ROWS * 64]);
    let x = GlobalTensor::new(&x, &[ROWS, 64]).unwrap();
    let mut out = GlobalTensorMut::new(&mut y, &[ROWS, 64]).unwrap();
    let args = (x.whole(), out.whole());
    Simulated::new(Profile::a2a3()).launch(&exponentials, 1, args).unwrap().timeline()
}

fn measured() -> Timeline {
    let (x, mut y) = (vec![0.0; ROWS * 64], vec![0.0; ROWS * 64]);
    let x = GlobalTensor::new(&x, &[ROWS, 64]).unwrap();
    let mut out = GlobalTensorMut::new(&mut y, &[ROWS, 64]).unwrap();
    Pipelined::new().launch(&exponentials, 1, (x.whole(), out.whole())).unwrap().timeline
}

/// The wall clock and the virtual one are one type, with one set of pictures.
#[test]
fn both_clocks_are_drawn_alike() {
    for timeline in [forecast(), measured()] {
        assert_eq!(
            timeline.pipes().iter().map(|(pipe, _)| pipe.short()).collect::<Vec<_>>(),
            ["MTE2", "V", "MTE3"]
        );
        for text in [timeline.to_string(), timeline.svg(), timeline.html(), timeline.chrome()] {
            for op in ["TLOAD", "TEXP", "TSTORE_VEC"] {
                assert!(text.contains(op), "no {op} in {text}");
            }
        }
    }
}

#[test]
fn a_page_and_a_picture_need_nothing_from_outside() {
    let (html, svg) = (forecast().html(), forecast().svg());
    for (text, allowed) in [(&html, 0), (&svg, 1)] {
        // SVG has the name of its namespace, which nobody fetches.
        let links = text.matches("http").count();
        assert_eq!(links, allowed, "a link in {text}");
    }
    assert!(!html.contains("{{"), "a place that was not filled");
}

/// Slices do not overlap on a pipe, each arrow has two ends, and each span of the timeline is there.
#[cfg(feature = "serde")]
#[test]
fn the_trace_for_perfetto_is_whole() {
    use std::collections::HashMap;

    let timeline = forecast();
    let trace: serde_json::Value = serde_json::from_str(&timeline.chrome()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let of = |phase: &'static str| events.iter().filter(move |event| event["ph"] == phase);
    let spans: usize = timeline.pipes().iter().map(|(_, spans)| spans.len()).sum();
    assert_eq!(of("X").count(), spans);
    let mut ends: HashMap<u64, f64> = HashMap::new();
    for event in of("X") {
        assert!(
            event["args"]["line"].as_str().unwrap().starts_with("tests/timeline.rs:"),
            "{event}"
        );
        let begin = event["ts"].as_f64().unwrap();
        let end = ends.entry(event["tid"].as_u64().unwrap()).or_insert(0.0);
        assert!(begin >= *end - 0.0015, "{event} begins before {end}");
        *end = begin + event["dur"].as_f64().unwrap();
    }
    let ids = |phase| of(phase).map(|event| event["id"].as_u64().unwrap()).collect::<Vec<_>>();
    assert!(!ids("s").is_empty());
    assert_eq!(ids("s"), ids("f"));
    for (start, finish) in of("s").zip(of("f")) {
        assert!(start["ts"].as_f64() <= finish["ts"].as_f64(), "{start} {finish}");
        assert_ne!(start["tid"], finish["tid"]);
    }
}

/// The browser, where there is one.
fn browser() -> Option<PathBuf> {
    let places = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    std::env::split_paths(&places)
        .flat_map(|place| names.map(|name| place.join(name)))
        .find(|path| path.is_file())
}

/// Runs `script` at the end of the page, and returns the page as it is then.
fn in_browser(browser: &Path, name: &str, script: &str) -> String {
    let page = forecast().html().replace("</body>", &format!("<script>{script}</script></body>"));
    let directory =
        std::env::temp_dir().join(format!("tilesync-timeline-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("page.html");
    std::fs::write(&file, page).unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1400,600",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", directory.join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Opens the page, zooms in at an op with the wheel, reads what the pointer shows, searches, and clicks a wait.
///
/// ```text
/// apt-get install chromium
/// cargo test --test timeline -- --ignored
/// ```
#[test]
#[ignore = "needs a browser: apt-get install chromium"]
fn the_page_zooms_and_shows_what_is_under_the_pointer() {
    let browser = browser().expect("a browser in PATH: apt-get install chromium");
    let script = r#"
        const say = (id, text) => {
            const line = document.createElement("p");
            line.id = id;
            line.textContent = text;
            document.body.append(line);
        };
        const box = canvas.getBoundingClientRect();
        const row = rows.find(row => row.pipe && row.pipe.name === "V");
        const list = row.pipe.spans;
        const op = [...list.keys()].filter(i => i % STRIDE === 0 && !list[i + 4])[3];
        const middle = () => ({
            clientX: box.left + x(list[op] + list[op + 1] / 2), clientY: box.top + row.y + 10, bubbles: true
        });
        const before = to - from;
        for (let turn = 0; turn < 8; turn++) {
            canvas.dispatchEvent(new WheelEvent("wheel", { ...middle(), deltaY: -100, cancelable: true }));
        }
        say("zoomed", ((to - from) / before).toFixed(3));
        canvas.dispatchEvent(new MouseEvent("mousemove", middle()));
        say("shown", tip.style.display + "|" + tip.textContent.replaceAll("\n", "|"));
        search.value = "texp";
        search.dispatchEvent(new Event("input"));
        say("searched", document.getElementById("found").textContent);
        stalls.rows[0].click();
        say("clicked", search.value + ": " + document.getElementById("found").textContent);
        canvas.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
        say("all", String(to - from === data.end));
    "#;
    let page = in_browser(&browser, "zoom", script);
    let said = |id: &str| {
        let start =
            page.find(&format!("<p id=\"{id}\">")).unwrap_or_else(|| panic!("no {id} in {page}"));
        let text = &page[start..page[start..].find("</p>").unwrap() + start];
        text[text.find('>').unwrap() + 1..].to_owned()
    };
    // Eight turns of the wheel, each e^-0.2.
    assert_eq!(said("zoomed"), "0.202");
    let shown = said("shown");
    assert!(
        shown.starts_with("block|V: TEXP|") && shown.contains("|tests/timeline.rs:"),
        "{shown}"
    );
    assert_eq!(said("searched"), "8 found");
    assert!(said("clicked").starts_with("tests/timeline.rs:"), "{}", said("clicked"));
    assert!(!said("clicked").ends_with(": 0 found"), "{}", said("clicked"));
    assert_eq!(said("all"), "true");
}

//! Traces of C++ kernels with bytes flipped, cut, repeated and made up: no panic, and no memory beyond what the file's size allows.

use fastrand::Rng;
use peak_alloc::PeakAlloc;
use tilesync::trace::{Trace, TraceError};
use tilesync_hostile::{TRACE_HEAD, cases, push_number, seed};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes of memory for a byte of file; and what a trace needs anyhow.
const FACTOR: usize = 512;
const ANYHOW: usize = 1 << 20;

/// Writes records as `tilesync/format.hpp` has them.
#[derive(Default)]
struct Records(Vec<u8>);

impl Records {
    fn number(&mut self, number: u64) {
        push_number(&mut self.0, number);
    }

    fn put(&mut self, tag: u8, numbers: &[u64]) {
        self.0.push(tag);
        numbers.iter().for_each(|&number| self.number(number));
    }

    fn text(&mut self, text: &str) {
        self.put(0x01, &[text.len() as u64]);
        self.0.extend(text.as_bytes());
    }

    fn chunk(self, stream: u64, to: &mut Records) {
        to.number(stream);
        to.number(self.0.len() as u64);
        to.0.extend(self.0);
    }
}

/// A trace with a bit of everything: `(stream, records)` a chunk.
fn trace(random: &mut Rng) -> Vec<u8> {
    let mut file = Records(TRACE_HEAD.to_vec());
    let mut host = Records::default();
    host.put(0x35, &[random.u64(..2), 0, 8]);
    host.put(0x30, &[1, 1 << 14]);
    host.put(0x32, &[1, 0, 1 << random.u64(4..14)]);
    host.put(0x20, &[1, 1]);
    host.0.extend(b"k");
    host.number(2);
    host.chunk(0, &mut file);
    let mut k = Records::default();
    let names = ["f32", "kernel.cpp", "TLOAD", "TADD", "TSTORE", "GetValue", "SYNCALL", "TMATMUL"];
    names.iter().for_each(|name| k.text(name));
    k.put(0x02, &[2, 1, random.u64(1..99), 1, 7]);
    k.put(0x03, &[random.u64(..9), 0, 32, 16, 16, random.u64(..2), random.u64(..3), 512]);
    k.put(0x04, &[0, 1 + 0x400 * random.u64(..4), random.u64(..17), 16]);
    k.put(0x04, &[0, 1 + 0x400 * random.u64(..4), 16, 16]);
    k.put(0x05, &[0, 32, 0, 1, 1, 1, 1, random.u64(1..4), 256, 16, 16 << random.u64(..3), 16, 1]);
    k.put(0x06, &[0, random.u64(..2), random.u64(..1 << 14)]);
    k.put(0x07, &[0, 1, random.u64(..300)]);
    for block in 0..2 {
        k.put(0x21, &[1, block, 0, 1]);
        for _ in 0..random.usize(1..12) {
            let site = random.u64(..2);
            match random.u8(..9) {
                0 => k.put(0x11, &[random.u64(..120), random.u64(..9), site]),
                1 => k.put(0x12, &[random.u64(..120), random.u64(..9), site]),
                2 => k.put(0x13, &[random.u64(..9), site]),
                3 => k.put(0x14, &[6, 7, 0, site]),
                4 => k.put(random.u8(0x33..0x35), &[5, site]),
                _ => {
                    let operands = random.u64(..4);
                    k.put(0x10, &[random.u64(2..8), site, random.u64(..8), operands]);
                    for _ in 0..operands {
                        k.number((random.u64(..4) << 2) | random.u64(..3));
                    }
                }
            }
        }
        k.put(0x22, &[]);
    }
    k.chunk(1, &mut file);
    let mut end = Records::default();
    end.put(0x3f, &[]);
    end.chunk(0, &mut file);
    file.0
}

/// Edits a few bytes; the head stays most of the time.
fn mutate(bytes: &mut Vec<u8>, random: &mut Rng) {
    for _ in 0..random.usize(1..6) {
        let first = if random.u8(..20) == 0 { 0 } else { 8 };
        if bytes.len() <= first {
            return;
        }
        let at = random.usize(first..bytes.len());
        match random.u8(..6) {
            0 => bytes[at] ^= 1 << random.u8(..8),
            1 => bytes[at] = random.u8(..),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.u8(..)),
            4 => {
                let end = (at + random.usize(1..40)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.usize(first..=bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => {
                // A large number.
                let large = [0xff; 9].into_iter().take(random.usize(1..9)).chain([0x7f]);
                bytes.splice(at..at, large);
            }
        }
    }
}

#[test]
fn a_trace_of_any_bytes_is_read_or_refused() {
    let mut random = Rng::with_seed(seed());
    let (mut whole, mut cut, mut damaged, mut refused, mut found) = (0, 0, 0, 0, 0);
    let cases = cases(20_000);
    for case in 0..cases {
        let mut bytes = trace(&mut random);
        if case % 10 != 0 {
            mutate(&mut bytes, &mut random);
        }
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        match Trace::read(&bytes[..]) {
            Ok(trace) => {
                let judged = trace.check();
                found += u32::from(judged.iter().any(|launch| !launch.is_clean()));
                match trace.cut() {
                    None => whole += 1,
                    Some(TraceError::Cut { .. }) => cut += 1,
                    Some(_) => damaged += 1,
                }
            }
            Err(_) => refused += 1,
        }
        let used = MEMORY.peak_usage() - before;
        assert!(
            used <= FACTOR * bytes.len() + ANYHOW,
            "{used} bytes for {}: {bytes:?}",
            bytes.len()
        );
    }
    println!("{whole} whole, {cut} cut, {damaged} damaged, {refused} refused; {found} with errors");
    let least = cases / 100;
    assert!(whole > 9 * least && cut > least && damaged > least && refused > 0 && found > least);
}

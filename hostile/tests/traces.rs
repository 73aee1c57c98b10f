//! Traces of C++ kernels with bytes flipped, cut, and numbers of any size: no panic, and what is read can be judged.

use fastrand::Rng;
use tilesync::exec::explore::explore_cluster;
use tilesync::trace::Trace;
use tilesync_hostile::{TRACE_HEAD, cases, push_number, seed};

/// Writes records, as the header does.
struct Writer<'r> {
    bytes: Vec<u8>,
    random: &'r mut Rng,
    /// How many there are of each kind that others refer to.
    texts: u64,
    sites: u64,
    tile_types: u64,
    global_types: u64,
    operands: u64,
    fifos: u64,
}

impl Writer<'_> {
    fn number(&mut self, number: u64) {
        push_number(&mut self.bytes, number);
    }

    fn numbers(&mut self, numbers: &[u64]) {
        for &number in numbers {
            self.number(number);
        }
    }

    /// A number below `most`; sometimes a large one.
    fn below(&mut self, most: u64) -> u64 {
        match self.random.u8(..200) {
            0 => u64::MAX >> self.random.u32(..64),
            _ => self.random.u64(..most.max(1)),
        }
    }

    /// An address or a count of bytes, which may well be large.
    fn address(&mut self, most: u64) -> u64 {
        if self.random.u8(..4) == 0 { u64::MAX >> self.random.u32(..64) } else { self.below(most) }
    }

    fn text(&mut self, text: &str) {
        self.bytes.push(0x01);
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self.texts += 1;
    }

    fn site(&mut self) -> u64 {
        let sites = self.sites + 1;
        self.below(sites)
    }

    /// Texts, lines, types and operands.
    fn tables(&mut self) {
        const OPS: [&str; 4] = ["TLOAD", "TADD", "TSTORE", "TMATMUL"];
        const OTHERS: [&str; 4] = ["SYNCALL", "float", "f32", "kernel.cpp"];
        const CROSS: [&str; 6] = [
            "ffts_cross_core_sync",
            "wait_flag_dev",
            "set_intra_block",
            "wait_intra_block",
            "dcci",
            "dsb",
        ];
        for name in OPS.into_iter().chain(OTHERS).chain(CROSS) {
            self.text(name);
        }
        for _ in 0..3 {
            let (text, line) = (self.below(8), self.below(500));
            self.bytes.push(0x02);
            self.numbers(&[1, text, line]);
            self.sites += 1;
        }
        for _ in 0..4 {
            let [space, rows, cols] = [self.below(8), self.below(40).max(1), self.below(40).max(1)];
            let bits = [8, 16, 32, 64, 4][self.random.usize(..5)];
            let layout = [self.below(2), self.below(2), 512];
            self.bytes.push(0x03);
            self.numbers(&[space, 5, bits, rows, cols, layout[0], layout[1], layout[2]]);
            self.tile_types += 1;
        }
        for _ in 0..3 {
            self.bytes.push(0x05);
            let bits = self.below(64).saturating_add(1);
            self.numbers(&[5, bits, 0]);
            for _ in 0..5 {
                let [count, stride] = [self.below(5), self.below(100)];
                self.numbers(&[count, stride]);
            }
            self.global_types += 1;
        }
        for _ in 0..6 {
            let tile_type = self.below(4);
            let [at, rows, cols] = [self.below(2000), self.below(40), self.below(40)];
            self.bytes.push(0x04);
            self.numbers(&[tile_type, at, rows, cols]);
            let [ty, allocation, offset] = [self.below(3), self.below(3), self.address(4000)];
            // Some lie in the memory of a core.
            let core = self.random.u64(..4);
            let allocation = if core < 3 { allocation } else { 1 << 62 | core << 8 };
            self.bytes.push(0x06);
            self.numbers(&[ty, allocation, offset]);
            self.operands += 2;
        }
        for _ in 0..3 {
            let [ready, direction, slots] = [self.below(4), self.below(2), self.below(4)];
            let [bytes, split] = [self.below(2000), self.below(2)];
            self.bytes.push(0x08);
            self.numbers(&[ready, direction, slots.saturating_add(1), bytes, split]);
            self.fifos += 1;
        }
    }

    /// What a block issues.
    fn block(&mut self, launch: u64, index: u64) {
        self.bytes.push(0x21);
        self.numbers(&[launch, index, 0, 0]);
        for _ in 0..self.random.usize(..30) {
            let site = self.site();
            match self.random.u8(..12) {
                11 => {
                    let [space, start, bytes] = [self.below(9), self.below(4000), self.below(9000)];
                    self.bytes.push(0x16);
                    self.numbers(&[space, start, bytes]);
                }
                10 => {
                    let [step, fifo, message] =
                        [self.below(5), self.below(self.fifos), self.below(9)];
                    self.bytes.push(0x15);
                    self.numbers(&[step, fifo, message, site]);
                }
                0..5 => {
                    let (name, flags) = (self.below(4), self.below(4));
                    let count = self.random.u64(..4);
                    self.bytes.push(0x10);
                    self.numbers(&[name, site, flags, count]);
                    for _ in 0..count {
                        let operand = self.below(self.operands) << 2 | self.random.u64(..3);
                        self.number(operand);
                    }
                }
                5 | 6 => {
                    let (pair, id) = (self.below(7) << 4 | self.below(7), self.below(9));
                    let tag = 0x11 + self.random.u8(..2);
                    self.bytes.push(tag);
                    self.numbers(&[pair, id, site]);
                }
                7 => {
                    let pipe = self.below(9);
                    self.bytes.push(0x13);
                    self.numbers(&[pipe, site]);
                }
                8 => {
                    let (name, pipe, id) = (self.below(14), self.below(8), self.below(0x1000));
                    self.bytes.push(0x14);
                    self.numbers(&[name, pipe, id, site]);
                }
                _ => {
                    let name = self.below(8);
                    let tag = 0x33 + self.random.u8(..2);
                    self.bytes.push(tag);
                    self.numbers(&[name, site]);
                }
            }
        }
        if self.random.u8(..10) > 0 {
            self.bytes.push(0x22);
        }
    }
}

/// A trace of a launch or two.
fn trace(random: &mut Rng) -> Vec<u8> {
    let mut writer = Writer {
        bytes: Vec::new(),
        random,
        texts: 0,
        sites: 0,
        tile_types: 0,
        global_types: 0,
        operands: 0,
        fifos: 0,
    };
    writer.bytes.push(0x35);
    let [chip, mode] = [writer.below(2), writer.below(6)];
    writer.numbers(&[chip, mode, 0]);
    for number in 1..3 {
        let bytes = writer.address(5000);
        writer.bytes.push(0x30);
        writer.numbers(&[number, bytes]);
        let [start, bytes] = [writer.address(100), writer.address(5000)];
        writer.bytes.push(0x32);
        writer.numbers(&[number, start, bytes]);
    }
    writer.tables();
    for launch in 0..writer.random.u64(1..3) {
        writer.bytes.push(0x20);
        writer.number(launch);
        writer.number(4);
        writer.bytes.extend_from_slice(b"gemm");
        writer.number(2);
        for index in 0..2 {
            writer.block(launch, index);
        }
    }
    writer.bytes.push(0x3f);
    let records = std::mem::take(&mut writer.bytes);
    writer.bytes.extend_from_slice(TRACE_HEAD);
    writer.numbers(&[0, records.len() as u64]);
    writer.bytes.extend_from_slice(&records);
    writer.bytes
}

/// Spoils a trace.
fn spoil(bytes: &mut Vec<u8>, random: &mut Rng) {
    for _ in 0..random.u32(1..4) {
        let at = random.usize(..bytes.len());
        match random.u8(..4) {
            0 => bytes[at] ^= 1 << random.u8(..8),
            1 => bytes[at] = random.u8(..),
            2 => bytes.truncate(at.max(1)),
            _ => {
                let end = (at + random.usize(1..20)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
}

/// Reads and judges it, and explores it if so wanted. Gives how many instructions there were, and whether it was read to its end.
fn judged(bytes: &[u8], explored: bool) -> Option<(usize, bool)> {
    let trace = Trace::read(bytes).ok()?;
    let mut instrs = 0;
    for launch in trace.launches() {
        for block in &launch.blocks {
            instrs += block.program.instrs.len();
            let text = format!("{}{:?}", block.program, block.notes);
            assert!(!text.is_empty());
        }
    }
    for judged in trace.check() {
        let findings = judged.blocks.iter().map(|alike| alike.verdict.to_string());
        let text = findings.collect::<String>() + &judged.between.to_string();
        assert!(judged.blocks.is_empty() || !text.is_empty());
        if explored && let Some(cluster) = judged.launch.cluster() {
            let exploration = explore_cluster(&cluster, 3);
            assert!(exploration.schedules > 0 || exploration.left_out.is_some());
        }
    }
    Some((instrs, trace.cut().is_none()))
}

#[test]
fn a_spoiled_trace_is_read_as_far_as_it_goes() {
    let mut random = Rng::with_seed(seed());
    let cases = cases(1_000);
    let (mut whole, mut cut, mut refused, mut all) = (0u32, 0u32, 0u32, 0);
    for case in 0..cases {
        let mut bytes = trace(&mut random);
        if case % 3 > 0 {
            spoil(&mut bytes, &mut random);
        }
        match judged(&bytes, case % 50 == 0) {
            Some((instrs, to_the_end)) => {
                all += instrs;
                if to_the_end { whole += 1 } else { cut += 1 }
            }
            None => refused += 1,
        }
    }
    println!(
        "{whole} traces read to their end, {cut} in part, {refused} refused; {all} instructions"
    );
    assert!(whole > cases / 10 && cut > cases / 10, "both must be common");
    assert!(all > 5 * cases as usize, "the traces say something");
}

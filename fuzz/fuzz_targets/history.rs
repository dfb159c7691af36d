//! Histories: four bytes an operation, played on the whole business with every invariant checked after each.
#![no_main]

use std::sync::Arc;

use flash_core::testing::{Op, Scenario};
use flash_storage_memory::MemoryStore;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

/// Longer histories cost more time than they find.
const MOST_OPS: usize = 120;

fuzz_target!(|bytes: &[u8]| {
    // Money first, or most orders would be refused.
    let deposits = (0..3).map(|user| Op::Deposit(user, 200));
    let ops = deposits.chain(Scenario::from_bytes(bytes).ops.into_iter().take(MOST_OPS)).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    if let Err(violation) = runtime.block_on(Scenario { ops }.play(Arc::new(MemoryStore::new()))) {
        panic!("{violation}");
    }
});

// A byte put in or taken out makes other operations of all that follow, so that most changes here are of whole ones.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut draw = Draw(u64::from(seed));
    if draw.below(4) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut ops = data[..size].as_chunks::<4>().0.to_vec();
    for _ in 0..=draw.below(3) {
        change(&mut ops, &mut draw);
    }
    ops.truncate(max_size / 4);
    let bytes = ops.as_flattened();
    data[..bytes.len()].copy_from_slice(bytes);
    bytes.len()
});

fn change(ops: &mut Vec<[u8; 4]>, draw: &mut Draw) {
    let (count, how) = (ops.len(), draw.below(5));
    if count == 0 || how == 0 {
        ops.insert(draw.below(count + 1), draw.op());
        return;
    }
    let (one, other) = (draw.below(count), draw.below(count));
    match how {
        1 => ops.insert(other, ops[one]),
        2 => ops.swap(one, other),
        3 => drop(ops.remove(one)),
        _ => ops[one][draw.below(4)] = draw.op()[0],
    }
}

/// Numbers by chance (splitmix64): libFuzzer hands in the seed, so that a run can be repeated.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn op(&mut self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.next().to_be_bytes();
        [a, b, c, d]
    }
}

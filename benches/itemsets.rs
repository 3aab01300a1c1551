//! Itemset mining on made-up baskets: sparse ones as of a shop, dense ones as of a table.
//!
//! `cargo bench --bench itemsets`. The data come from a seeded generator, so that two runs measure
//! the same work; comparisons with other programs are in the README of this folder.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use erya::control::Control;
use erya::index::Vertical;
use erya::mine::itemsets::{METHODS, Search, Tally, Target, mine};

/// Numbers below `end` by a linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let [a, b, c, d, ..] = self.0.to_be_bytes();
        u32::from_be_bytes([a, b, c, d]) % end
    }
}

/// Ten of a thousand items in a row, low numbers more often, and patterns of four that recur.
fn sparse() -> Vertical {
    let mut random = Random(1);
    let rows = (0..20_000).map(|_| {
        let pattern = random.below(200) * 5;
        let mut row: Vec<u32> = (pattern..pattern + 4).collect();
        row.extend((0..6).map(|_| random.below(1000) * random.below(1000) / 1000));
        row
    });
    Vertical::from_rows(rows).expect("few rows")
}

/// One value of each of twelve columns, the first value in most rows.
fn dense() -> Vertical {
    let mut random = Random(2);
    let rows = (0..3000).map(|_| {
        let mut row = Vec::new();
        for column in 0..12u32 {
            let value = if random.below(10) < 8 { 0 } else { random.below(4) };
            row.push(column * 4 + value);
        }
        row
    });
    Vertical::from_rows(rows).expect("few rows")
}

fn itemsets(criterion: &mut Criterion) {
    for (data, name, min_count) in [(sparse(), "sparse", 10), (dense(), "dense", 300)] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for target in Target::NAMES {
            for method in METHODS.iter().filter(|method| method.name != "apriori") {
                let target = Target::named(target).expect("a name of the list");
                let search = Search { min_count, target, ..Search::default() };
                let id = BenchmarkId::new(method.name, format!("{target:?}"));
                group.bench_function(id, |bencher| {
                    bencher.iter(|| {
                        mine(method, &data, &search, &Control::default(), &mut Tally::default())
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, itemsets);
criterion_main!(benches);

use erya::{control::Control, index::*, store::*, text::*};
use std::time::Instant;
fn rss() -> u64 { std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmHWM")).unwrap().split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024 }
fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/self/stat").unwrap(); let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect(); (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0 }
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let (order, threads, memory) = (a[1].parse::<usize>().unwrap(), a[2].parse::<usize>().unwrap(), a[3].parse::<u64>().unwrap());
    let keep: bool = a[4].parse().unwrap();
    let dir = "/tmp/w/scratch.db"; let _ = std::fs::remove_dir_all(dir);
    let store = RocksStore::open(dir.as_ref(), &RocksOptions { create: true, read_only: false, cache: 32 << 20 }).unwrap();
    let index = Index::open(Box::new(store), false).unwrap();
    let mut o = TextOptions::default();
    if std::env::var("WORD").is_ok() { o.unit = Unit::Word; }
    index.create("c", o, order, keep).unwrap();
    let c = index.corpus("c").unwrap();
    let (t, k) = (Instant::now(), cpu());
    let src = a[5..].iter().map(|p| Source::File(p.into())).collect();
    let s = index.ingest(&c, src, &IngestOptions { input: InputOptions::default(), memory: memory << 20, threads }, &Control::default()).unwrap();
    println!("{s:?}");
    let mb = s.totals.bytes as f64 / 1e6;
    println!("ingest wall {:.2} cpu {:.2} {:.1} MB/cpu-s hwm {} MB", t.elapsed().as_secs_f64(), cpu() - k, mb / (cpu() - k), rss());
    let v = index.view("c").unwrap();
    println!("segments {:?} size {:?} per byte {:.3}", v.manifest().segments, v.size(), v.size().0 as f64 / s.totals.bytes as f64);
    let (t, k) = (Instant::now(), cpu());
    let st = v.statistics(5, Cost { memory: 4 << 30, threads }, &Control::default()).unwrap();
    println!("statistics {} rows types {:?} wall {:.2} cpu {:.2} hwm {}", st.len(), st.types, t.elapsed().as_secs_f64(), cpu() - k, rss());
    let (t, k) = (Instant::now(), cpu());
    let mut n = 0u64; let mut scan = v.scan(None).unwrap(); while let Some(l) = scan.next().unwrap() { n += l.count; }
    println!("scan {n} wall {:.2} cpu {:.2}", t.elapsed().as_secs_f64(), cpu() - k);
    for (p, m) in [(2.0, 1e-7), (1.0, 1e-7), (3.0, 1e-7)] {
    let (t, k) = (Instant::now(), cpu());
    if keep { let (ch, _) = v.chunks(Thresholds { min_pmi: p, min_proba: m }, Cost { memory: 4 << 30, threads }, &Control::default()).unwrap();
    println!("chunks {p} {} {} wall {:.2} cpu {:.2} hwm {}", ch.len(), ch.total(), t.elapsed().as_secs_f64(), cpu() - k, rss()); } }
    let mut counter = v.counter(); let mut sy = vec![]; let mut bad = 0; let (mut m, t, k) = (0, Instant::now(), cpu());
    for len in 1..=order { let rows: Vec<Row> = st.rows(len).collect(); for r in rows.iter().step_by(rows.len() / 3000 + 1) { st.symbols(*r, &mut sy); m += 1; if counter.count(&sy).unwrap() != st.count(*r) { bad += 1; } } }
    println!("lookups {m} bad {bad} {:.2} us cpu {:.2} us", t.elapsed().as_secs_f64() * 1e6 / m as f64, (cpu() - k) * 1e6 / m as f64);
}

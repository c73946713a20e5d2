//! Prints the hash of each seed's trace, a line each.

fn main() {
    for seed in std::env::args().skip(1).filter_map(|seed| seed.parse().ok()) {
        println!("{}", relevo_trace_test::trace_hash(seed));
    }
}

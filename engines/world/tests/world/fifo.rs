//! Messages of one connection arrive in the order in which they were sent, whatever the jitter.

use crate::toys::{connected, heard, run, send, told};
use relevo_core::Duration;

#[test]
fn nothing_overtakes_on_one_connection() {
    for seed in 0..50 {
        let mut world = connected(seed);
        for round in 0..20 {
            send(&mut world, 0, round * 10, 10);
            world.advance_to(world.now() + Duration::from_micros(90));
        }
        run(&mut world, 100);
        let heard = heard(&told(&mut world, 1));
        assert_eq!(heard, (0..200).collect::<Vec<_>>(), "seed {seed}");
    }
}

//! How many steps a second a world makes with machines that do next to nothing: an upper bound for
//! every engine, and the place to look when the world itself became slow.
//!
//! `cargo run --release -p relevo-world --example steps`

use relevo_core::{
    Address, ConnId, Duration, Effects, HostId, Input, Instant, Machine, Message, Now, Service,
};
use relevo_world::{Storage, World, WorldConfig};
use serde::{Deserialize, Serialize};

const HOSTS: u32 = 3;
/// How many words go round between each two hosts.
const WORDS: u64 = 8;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Word(u64);

/// Connects to all hosts before it and sends back whatever it hears.
#[derive(Clone, Debug)]
struct Echo {
    number: u32,
    next: Option<Instant>,
}

impl Message for Word {
    fn wire_size(&self) -> u64 {
        64
    }

    fn through_codec(self) -> Result<Self, String> {
        Ok(self)
    }
}

impl Machine for Echo {
    type Config = u32;
    type Message = Word;
    type Event = ();
    type Call = ();

    fn boot(&number: &u32, _seed: u64) -> Self {
        Echo { number, next: None }
    }

    fn step(&mut self, now: Now, input: Input<Word, ()>, out: &mut Effects<Word, ()>) {
        self.next = Some(now.mono + Duration::from_millis(500));
        match input {
            Input::Boot => (0..self.number).for_each(|to| {
                let conn: ConnId = out.open(Address::new(HostId(to), Service(1)));
                (0..WORDS).for_each(|word| out.send(conn, Word(word)));
            }),
            Input::Message { conn, message } => out.send(conn, Word(message.0 + 1)),
            _ => {}
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.next
    }
}

fn main() {
    for trace in [false, true] {
        let mut world = World::<Echo>::new(WorldConfig {
            seed: 1,
            wall_start_ms: 0,
            latency: Duration::from_micros(100),
            jitter: Duration::from_micros(50),
            codec_checks: false,
            trace,
        });
        for number in 0..HOSTS {
            world.add_host(&format!("echo-{number}"), number, Storage::Memory);
        }
        measure(&mut world, trace);
    }
}

fn measure(world: &mut World<Echo>, trace: bool) {
    // The example measures; machines never see this clock.
    #[allow(clippy::disallowed_methods)]
    let begun = std::time::Instant::now();
    while world.steps() < 10_000_000 {
        world.advance_to(world.now() + Duration::from_millis(10));
        world.drain_trace();
    }
    let seconds = begun.elapsed().as_secs_f64();
    let rate = world.steps() as f64 / seconds / 1e6;
    let trace = if trace { "on" } else { "off" };
    println!("trace {trace}: {} steps in {seconds:.2} s, {rate:.2} million/s", world.steps());
    #[allow(clippy::disallowed_methods)]
    let begun = std::time::Instant::now();
    let clones: u64 = (0..100).map(|_| std::hint::black_box(world.clone()).steps()).sum();
    let micros = begun.elapsed().as_secs_f64() * 1e6 / 100.0;
    assert_eq!(clones, 100 * world.steps());
    println!("a clone of it: {micros:.1} µs");
}

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// The one generator of the engines: xoshiro256++ (Blackman and Vigna, 2018), which gives the
/// same numbers on every platform. It is seeded at construction and cloned with its owner.
#[derive(Clone, Debug)]
pub struct Random(Xoshiro256PlusPlus);

impl Random {
    /// A generator whose whole future follows from `seed`.
    pub fn new(seed: u64) -> Random {
        Random(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A generator for one purpose, independent of the others made from the same seed.
    pub fn derived(seed: u64, purpose: u64) -> Random {
        let mut mixer = Random::new(seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Random::new(mixer.bits())
    }

    /// Sixty-four random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..bound`; 0 where `bound` is 0. The bias of the multiplication method is
    /// below 2⁻³² for every bound used here.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True in `numerator` of `denominator` cases.
    pub fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }
}

//! Cycles of P4 programs, without devices: `make bench` runs it.

mod old;
mod program;
mod router;
mod world;

use anyhow::Result;

const REPEATS: usize = 41;

fn main() -> Result<()> {
    if let Some(core) = core_affinity::get_core_ids().unwrap_or_default().last() {
        core_affinity::set_for_current(*core);
    }
    for routes in [16, 1_000_000] {
        let mut bench = router::Bench::new(routes)?;
        bench.check()?;
        bench.sample(200);
        let mut samples: Vec<_> = (0..REPEATS).map(|_| bench.sample(500)).collect();
        let of = |f: &dyn Fn(&router::Sample) -> f64, samples: &[router::Sample]| {
            let mut all: Vec<f64> = samples.iter().map(f).collect();
            all.sort_by(f64::total_cmp);
            (all[0], all[all.len() / 2], all[all.len() - 1])
        };
        println!(
            "{routes}: old {:.1?} new {:.1?} ratio {:.3?}",
            of(&|s| s.old, &samples),
            of(&|s| s.new, &samples),
            of(&|s| s.old / s.new, &samples)
        );
        samples.clear();
    }
    Ok(())
}

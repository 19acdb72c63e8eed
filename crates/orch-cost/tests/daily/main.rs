//! Anomalies and forecasts on bills whose truth is known.

mod evaluation;
mod generator;

use orch_cost::anomaly::AnomalyParams;

#[test]
#[ignore]
fn tune() {
    let all = generator::generate(1, 1000, generator::Asked::Mixed);
    for odds in [50.0, 75.0,100.0, 140.0] {
        for slow_odds in [50.0, 200.0, 1000.0] {
            let params = AnomalyParams { odds, slow_odds, ..Default::default() };
            let t = std::time::Instant::now();
            let f = evaluation::evaluate(&all, &params);
            print!("{odds} {slow_odds}: recall {:.4} false {:.3} ({}/{}) later {:.3} ", f.overall().share(), f.false_rate(), f.false_alarms, f.quiet_days, f.later_rate());
            for (k, r) in &f.recall { print!("{} {:.3} named {:.3} dated {:.3}; ", k.name(), r.share(), r.named as f64/r.found as f64, r.dated as f64/r.found as f64); }
            println!("{:?}", t.elapsed());
        }
    }
}

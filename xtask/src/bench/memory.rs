//! Memory of a process as the kernel counts it.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Context, Outcome};

/// The peak only grows, so the last look before the end is at most this old.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The unit of the kernel's accounts, whatever the machine.
const TICK: Duration = Duration::from_millis(10);

pub(crate) struct Cost {
    pub(crate) time: Duration,
    pub(crate) peak_mb: f64,
}

/// Runs a program to its end.
pub(crate) fn cost_of(command: &mut Command) -> Outcome<Cost> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot run what is measured")?;
    let mut peak_mb = 0.0;
    loop {
        if let Some(found) = megabytes(child.id(), "VmHWM:") {
            peak_mb = found;
        }
        if let Some(status) = child.try_wait().context("what is measured")? {
            let time = started.elapsed();
            return if status.success() { Ok(Cost { time, peak_mb }) } else { Err(format!("{command:?} failed")) };
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// What a running process holds now.
pub(crate) fn resident_mb(process: u32) -> Outcome<f64> {
    megabytes(process, "VmRSS:").ok_or_else(|| format!("process {process} is gone"))
}

/// The most that a running process has held.
pub(crate) fn peak_mb(process: u32) -> Outcome<f64> {
    megabytes(process, "VmHWM:").ok_or_else(|| format!("process {process} is gone"))
}

/// What a running process has used of the processors, to a hundredth of a second.
pub(crate) fn processor_time(process: u32) -> Outcome<Duration> {
    let file = format!("/proc/{process}/stat");
    let stat = std::fs::read_to_string(&file).context(&file)?;
    ticks(&stat).map(|ticks| TICK * ticks).ok_or_else(|| format!("{file} is not what it was"))
}

/// User's and system's; what stands before them is the name, in parentheses, and eleven other fields.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u32>().ok();
    Some(next()? + next()?)
}

fn megabytes(process: u32, line: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    figure(&status, line).map(|kib| kib * 1024.0 / 1e6)
}

fn figure(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{figure, ticks};

    #[test]
    fn the_processor_time_of_a_process_is_read_whatever_its_name() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 9 0 0 0 120 30 0 0 20 0 5 0 99 0 0";
        assert_eq!(ticks(stat), Some(150));
        assert_eq!(ticks("7 (x) S 1"), None);
    }

    #[test]
    fn a_figure_of_the_status_is_read() {
        assert_eq!(figure("Name:\tx\nVmHWM:\t   1234 kB\n", "VmHWM:"), Some(1234.0));
        assert_eq!(figure("Name:\tx\n", "VmHWM:"), None);
    }
}

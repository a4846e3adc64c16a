//! What the figures were measured on.

use std::process::Command;

use crate::workspace;

/// With the software beside the compiler that took part.
pub(crate) fn description(software: &[String]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = file_line("/proc/cpuinfo", "model name");
    let memory = file_line("/proc/meminfo", "MemTotal");
    let memory: f64 = memory.split(' ').next().and_then(|kib| kib.parse().ok()).unwrap_or_default();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let compiler = workspace::output(Command::new("rustc").arg("--version")).unwrap_or_default();
    let software = [&[compiler.trim().to_owned()], software].concat();
    format!(
        "Measured on {cores} cores of {processor}, {:.1} GB of memory, Linux {}, {}; load generator and servers on the same cores.",
        memory * 1024.0 / 1e9,
        kernel.trim(),
        software.join(", "),
    )
}

/// The value of the first line `NAME: value` of a file.
fn file_line(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

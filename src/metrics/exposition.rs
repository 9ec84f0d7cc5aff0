//! Telling what was measured, in the two texts that scrapers read.

use std::fmt::Write as _;

use prometheus_client::encoding::text;

use super::Metrics;

/// A text that scrapers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// Prometheus' own, version 0.0.4, which everybody reads.
    Prometheus,
}

impl Metrics {
    /// All instruments as they stand.
    #[must_use]
    pub fn told(&self, format: Format) -> String {
        let mut told = String::new();
        text::encode(&mut told, &self.registry).expect("a string takes text");
        match format {
            Format::OpenMetrics => told,
            Format::Prometheus => classic(&told),
        }
    }
}

/// The same in the older text, which differs in what is said *about* the samples: there a family
/// has the name of its samples, and there are no units, no infos, and no end.
fn classic(open_metrics: &str) -> String {
    let mut told = String::with_capacity(open_metrics.len());
    let mut help = "";
    for line in open_metrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            // Its name depends on the type, which comes next.
            help = rest.split_once(' ').map_or("", |(_, help)| help);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, "untyped"));
            let (suffix, kind) = match kind {
                "counter" => ("_total", kind),
                "info" => ("_info", "gauge"),
                _ => ("", kind),
            };
            let about = format_args!("# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}");
            writeln!(told, "{about}").expect("a string takes text");
        } else if !line.starts_with('#') {
            told.push_str(line);
            told.push('\n');
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_text_names_families_as_their_samples() {
        let open_metrics = "# HELP a_seconds Time.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n\
                            a_seconds 1.0\n# HELP b Number.\n# TYPE b counter\nb_total{c=\"d\"} 2\n\
                            # HELP e What.\n# TYPE e info\ne_info{v=\"1\"} 1\n# EOF\n";
        let told = "# HELP a_seconds Time.\n# TYPE a_seconds gauge\na_seconds 1.0\n\
                    # HELP b_total Number.\n# TYPE b_total counter\nb_total{c=\"d\"} 2\n\
                    # HELP e_info What.\n# TYPE e_info gauge\ne_info{v=\"1\"} 1\n";
        assert_eq!(classic(open_metrics), told);
    }
}

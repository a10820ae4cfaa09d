package dev.firstpass.server.tuning;

import java.util.List;

/// What suits a version on this machine.
///
/// Immutable; the names are what `--json` prints.
///
/// @param version for instance `coco@3`
/// @param device that it ran on
/// @param cores of the machine
/// @param load of the machine in the minute before, as `/proc/loadavg` has it: what is above a fraction of a core makes
///     figures worse than they are
public record TuningReport(String version, String device, int cores, double load, List<StageTuning> stages) {
    public TuningReport {
        stages = List.copyOf(stages);
    }
}

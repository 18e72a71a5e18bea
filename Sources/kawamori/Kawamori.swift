import ArgumentParser

/// `kawamori`: the riverside gateway and the tools around it.
@main
struct Kawamori: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kawamori",
        abstract:
            "A riverside gateway: river levels and wildlife alerts, stored, judged, forwarded.",
        discussion: """
            Exit codes follow sysexits(3): 0, 64 usage, 65 data, 69 unavailable, 74 input/output, \
            78 configuration.

            Example: kawamori demo --speed 3600
            """,
        version: "0.1.0",
        subcommands: [
            Run.self, Check.self, Demo.self, Replay.self, Decode.self, Simulate.self, Export.self,
            Status.self, Alarm.self, Drill.self, Device.self, Doctor.self, GPIOCommand.self,
            CalibrationCommand.self, Evaluate.self, WhatIf.self,
        ])
}

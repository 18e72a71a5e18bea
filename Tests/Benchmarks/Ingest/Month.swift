import CLinux
import Foundation
import GatewayModel
import Synchronization
import TestSupport

/// A month of twenty sensors that a target has not had, made once and copied for each run.
final class Month {
    static let target = "hub"
    let past: Past
    private let folder: TemporaryDirectory

    init() throws {
        past = Past(
            scene: Scene(sensorCount: 20, format: .frames), intervalSeconds: 60, days: 30,
            end: Scene.now.advanced(byMilliseconds: -600_000), waitingTarget: Self.target)
        folder = try Workplace.folder()
        try past.make(in: folder.file("state"))
    }

    /// A folder with a state of its own.
    func copy() throws -> TemporaryDirectory {
        let copy = try Workplace.folder()
        try FileManager.default.copyItem(
            atPath: folder.file("state"), toPath: copy.file("state"))
        return copy
    }
}

/// A person who looks at the month without a pause: its hydrograph, then a thousand raw readings.
final class PageReader: Sendable {
    struct Outcome: Sendable {
        var pageCount = 0
        /// All pages together.
        var milliseconds = 0.0
    }

    private final class Flag: Sendable {
        let isRaised = Atomic<Bool>(false)
    }

    private let isOver: Flag
    private let work: Background<Outcome>

    init(port: UInt16, month: Month) {
        let past = month.past
        let from = past.end.advanced(byMilliseconds: -past.days * 86_400_000)
        let middle = from.advanced(byMilliseconds: past.days * 43_200_000)
        let pages = (1...past.scene.sensorCount).flatMap { number in
            let path = "/api/v1/sensors/bench-1.stage-\(number)/observations?from="
            return [
                path + "\(from.rfc3339())&to=\(past.end.rfc3339())",
                path + "\(middle.rfc3339())&to=\(past.end.rfc3339())&resolution=raw",
            ]
        }
        let flag = Flag()
        isOver = flag
        work = Background {
            var outcome = Outcome()
            while !flag.isRaised.load(ordering: .relaxed) {
                let page = pages[outcome.pageCount % pages.count]
                let began = kawamori_monotonic_nanoseconds()
                let answer = try Request.get(page, port: port)
                guard answer.status == 200 else { throw BenchError("\(page): \(answer.status)") }
                outcome.milliseconds += Double(kawamori_monotonic_nanoseconds() - began) / 1e6
                outcome.pageCount += 1
            }
            return outcome
        }
    }

    /// Has the person leave, and says what was read.
    func end() throws -> Outcome {
        isOver.isRaised.store(true, ordering: .relaxed)
        return try work.result()
    }
}

import Alerting
import Foundation
import GatewayModel

/// The alarms of the past under the present rules and under others.
package struct WhatIfResult: Sendable {
    private let station: Station
    private let first: UTCInstant
    private let last: UTCInstant
    private let readingCount: Int
    private let present: [AlarmTransition]
    private let proposed: [AlarmTransition]
    /// The same alarms beside one another, in order of time.
    let pairs: [AlarmSpellPair]

    init(
        station: Station, first: UTCInstant, last: UTCInstant, readingCount: Int,
        present: [AlarmTransition], proposed: [AlarmTransition]
    ) {
        self.station = station
        self.first = first
        self.last = last
        self.readingCount = readingCount
        self.present = present
        self.proposed = proposed
        pairs = AlarmSpellPair.pairs(
            present: AlarmSpell.spells(of: present), proposed: AlarmSpell.spells(of: proposed))
    }

    /// The comparison as a table for people, Japanese and English side by side.
    ///
    /// - Parameter explains: whether every step of both runs follows as a sentence.
    /// - Returns: lines, each with its end.
    package func text(explains: Bool) -> String {
        var text =
            "\(station.name) (\(station.id))  \(clock(first)) – \(clock(last)), "
            + "測定値/readings: \(readingCount)\n"
        text += "警報/alarms: 現行/present \(count(\.present)), 案/proposed \(count(\.proposed))\n\n"
        if pairs.isEmpty { text += "どちらの設定でも警報はありません / no alarm under either\n" }
        for pair in pairs {
            text += "\(name(pair))\n"
            text += "  現行/present   \(words(pair.present))\n"
            text += "  案/proposed    \(words(pair.proposed))\(difference(pair))\n"
        }
        guard explains else { return text }
        for (title, transitions) in [("現行/present", present), ("案/proposed", proposed)] {
            text += "\n\(title)\n"
            for transition in transitions {
                let sentence = AlarmSentence(
                    transition: transition, station: station, isSimulated: false)
                let day = transition.time.rfc3339(offsetSeconds: station.offsetSeconds).prefix(10)
                text += "  \(day) \(sentence.japanese)\n             \(sentence.english)\n"
            }
        }
        return text
    }

    /// The comparison for programs.
    ///
    /// - Returns: one JSON object and a line end; times are RFC 3339 with the station's offset.
    /// - Throws: nothing that this could come to.
    package func json() throws -> String {
        struct Spell: Encodable {
            let opened: String
            let confirmed: String?
            let ended: String?
        }
        struct Pair: Encodable {
            let rule: String
            let present: Spell?
            let proposed: Spell?
            let minutesEarlier: Double?

            enum CodingKeys: String, CodingKey {
                case rule, present, proposed
                case minutesEarlier = "minutes_earlier"
            }
        }
        struct Document: Encodable {
            let station: String
            let from: String
            let to: String
            let readings: Int
            let alarms: [Pair]
        }
        let spell = { (spell: AlarmSpell) in
            Spell(
                opened: time(spell.opened), confirmed: spell.confirmed.map(time),
                ended: spell.ended.map(time))
        }
        let document = Document(
            station: station.id.text, from: time(first), to: time(last), readings: readingCount,
            alarms: pairs.map {
                Pair(
                    rule: rule($0), present: $0.present.map(spell),
                    proposed: $0.proposed.map(spell), minutesEarlier: $0.minutesEarlier)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }

    private func rule(_ pair: AlarmSpellPair) -> String {
        (pair.present ?? pair.proposed)?.subject.rule ?? ""
    }

    private func name(_ pair: AlarmSpellPair) -> String {
        guard let subject = (pair.present ?? pair.proposed)?.subject else { return "" }
        return subject.level.map { "\($0.nameJapanese) / \($0.nameEnglish)" } ?? subject.rule
    }

    private func count(_ side: KeyPath<AlarmSpellPair, AlarmSpell?>) -> Int {
        pairs.count { $0[keyPath: side] != nil }
    }

    private func words(_ spell: AlarmSpell?) -> String {
        guard let spell else { return "なし / none" }
        let begin =
            spell.confirmed.map { clock($0) }
            ?? "\(clock(spell.opened)) (未確認のまま / never confirmed)"
        return "\(begin) – " + (spell.ended.map { clock($0) } ?? "…")
    }

    private func difference(_ pair: AlarmSpellPair) -> String {
        guard let minutes = pair.minutesEarlier, minutes != 0 else { return "" }
        let count = Int(minutes.magnitude.rounded())
        return minutes > 0
            ? "  \(count)分早い / \(count) min earlier" : "  \(count)分遅い / \(count) min later"
    }

    private func time(_ instant: UTCInstant) -> String {
        instant.rfc3339(offsetSeconds: station.offsetSeconds)
    }

    private func clock(_ instant: UTCInstant) -> String {
        String(time(instant).prefix(16)).replacing("T", with: " ")
    }
}

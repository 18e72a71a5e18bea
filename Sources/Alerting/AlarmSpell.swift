package import GatewayModel

/// One life of an alarm, from its opening to its end: what people count when they compare.
package struct AlarmSpell: Sendable, Equatable {
    package let subject: AlarmSubject
    /// When it opened, confirmed or not.
    package let opened: UTCInstant
    /// When it became sure; nil where it never did (未確認のまま).
    package private(set) var confirmed: UTCInstant?
    /// When it was cleared or withdrawn; nil where it still stood at the end.
    package private(set) var ended: UTCInstant?

    /// The spells that transitions tell of, in the order of their opening.
    ///
    /// - Parameter transitions: in the order in which they were told; steps that leave the phase as it
    ///   is are passed over.
    /// - Returns: the spells of all subjects.
    package static func spells(of transitions: [AlarmTransition]) -> [AlarmSpell] {
        var spells: [AlarmSpell] = []
        var open: [AlarmSubject: Int] = [:]
        for transition in transitions where transition.from != transition.to {
            let index: Int
            if let known = open[transition.subject] {
                index = known
            } else {
                index = spells.endIndex
                spells.append(AlarmSpell(subject: transition.subject, opened: transition.time))
                open[transition.subject] = index
            }
            switch transition.to {
            case .active, .acknowledged:
                if spells[index].confirmed == nil { spells[index].confirmed = transition.time }
            case .normal, .cleared:
                spells[index].ended = transition.time
                open[transition.subject] = nil
            case .pending: break
            }
        }
        return spells
    }

    private init(subject: AlarmSubject, opened: UTCInstant) {
        self.subject = subject
        self.opened = opened
    }

    /// Whether both stood at one moment.
    func meets(_ other: AlarmSpell) -> Bool {
        subject == other.subject && !ends(before: other.opened) && !other.ends(before: opened)
    }

    private func ends(before time: UTCInstant) -> Bool { ended.map { $0 < time } ?? false }
}

/// An alarm under the present rules beside the same one under others.
package struct AlarmSpellPair: Sendable, Equatable {
    /// Nil where only the other rules raise it.
    package let present: AlarmSpell?
    /// Nil where only the present rules raise it.
    package let proposed: AlarmSpell?

    /// Puts the spells of two runs beside one another.
    ///
    /// Spells of one subject belong together where both stood at one moment; each is paired once, the
    /// earliest first.
    ///
    /// - Parameters:
    ///   - present: as the present rules gave them.
    ///   - proposed: as the other rules gave them.
    /// - Returns: the pairs, in the order in which their first opened.
    package static func pairs(present: [AlarmSpell], proposed: [AlarmSpell]) -> [AlarmSpellPair] {
        var left = proposed
        var pairs = present.map { spell in
            let place = left.firstIndex { $0.meets(spell) }
            return AlarmSpellPair(present: spell, proposed: place.map { left.remove(at: $0) })
        }
        pairs += left.map { AlarmSpellPair(present: nil, proposed: $0) }
        return pairs.enumerated()
            .sorted { ($0.element.opened, $0.offset) < ($1.element.opened, $1.offset) }
            .map(\.element)
    }

    /// When the first of the two opened.
    package var opened: UTCInstant {
        [present?.opened, proposed?.opened].compactMap { $0 }.min() ?? UTCInstant(milliseconds: 0)
    }

    /// By how many minutes the proposed rules confirm it earlier; negative is later, nil where one of
    /// them never does.
    package var minutesEarlier: Double? {
        guard let present = present?.confirmed, let proposed = proposed?.confirmed else {
            return nil
        }
        return present.seconds(since: proposed) / 60
    }
}

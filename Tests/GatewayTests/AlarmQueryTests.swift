import Console
import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct AlarmQueryTests {
    private func document(_ fields: [String: Any]) throws -> AlarmDocument {
        var all: [String: Any] = [
            "id": 12, "station": "pole-1", "rule": "level.danger", "occurrence": 1,
            "phase": "active", "open": true, "opened_at": "2026-11-21T09:10:00+09:00",
            "since": "2026-11-21T09:10:00+09:00", "peak_at_least": false, "unsteady": false,
            "reminders": 0,
        ]
        all.merge(fields) { $1 }
        return try JSONDecoder().decode(
            AlarmDocument.self, from: JSONSerialization.data(withJSONObject: all))
    }

    @Test func `a line tells what people and time have made of an alarm`() throws {
        #expect(
            AlarmQuery.line(try document([:]))
                == "12  pole-1  level.danger  active since 2026-11-21T09:10:00+09:00")
        let drill = try document(["rule": "drill.level.danger", "drill": true])
        #expect(AlarmQuery.line(drill).hasPrefix("12  pole-1  【訓練】 drill.level.danger  active"))
        let line = AlarmQuery.line(
            try document([
                "unsteady": true, "shelved_until": "T", "shelved_by": "sato",
                "shelf_reason": "清掃中", "assigned_to": "ito", "reminders": 2,
                "last_comment": "見た", "last_comment_by": "yamada",
            ]))
        #expect(
            line.hasSuffix(
                "  unsteady, held  put aside until T by sato: 清掃中  assigned to ito  2 reminders"
                    + "  yamada: 見た"))
    }
}

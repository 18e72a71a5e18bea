import Forwarding
import Foundation
import GatewayModel
import GatewayPorts
import Testing

@Suite struct DeliveryComposerTests {
    private let composer = StoredSamples.composer

    @Test func `the same items have the same key, in any lane and any run`() throws {
        let items = try [1, 2].map {
            DeliveryItem.observation(try StoredSamples.observation(row: $0))
        }
        let first = composer.delivery(lane: .live, items: items)
        let late = composer.delivery(lane: .backlog, items: items)
        #expect(first.idempotencyKey == late.idempotencyKey)
        // Fixed for ever: SHA-256 of the two keys, each with a line feed, shaped by RFC 9562.
        #expect(first.idempotencyKey == "275d5eb7-d5a8-8302-bab2-5a3e31d2cebf")
        #expect(UUID(uuidString: first.idempotencyKey) != nil)
    }

    @Test func `other items have another key`() throws {
        let one = DeliveryItem.observation(try StoredSamples.observation(row: 1))
        let two = DeliveryItem.observation(try StoredSamples.observation(row: 2))
        let alarm = DeliveryItem.transition(try StoredSamples.transition(row: 1))
        let animal = DeliveryItem.detection(try StoredSamples.detection(row: 1))
        let loss = DeliveryItem.loss(StoredSamples.loss(row: 4))
        let change = DeliveryItem.loss(StoredSamples.loss(row: 6))
        let keys = [[one], [two], [one, two], [two, one], [alarm], [animal], [loss], [change]]
            .map { composer.delivery(lane: .live, items: $0).idempotencyKey }
        #expect(Set(keys).count == keys.count)
    }

    @Test func `a revision goes under the reading's key, and is no retry`() throws {
        let first = try StoredSamples.observation(row: 1)
        let revised = try StoredSamples.observation(row: 1, marks: .timeCorrected)
        let deliveries = [first, revised].map {
            composer.delivery(lane: .backlog, items: [.observation($0)])
        }
        #expect(deliveries[0].idempotencyKey != deliveries[1].idempotencyKey)
        let documents = try deliveries.map {
            try #require((try object(composer.body($0))["observations"] as? [[String: Any]])?.first)
        }
        #expect(documents.map { $0["key"] as? String } == [first.key.text, first.key.text])
        #expect(documents.map { $0["revision"] as? Int } == [0, 1])
        #expect(documents.map { $0["time_uncertain"] as? Bool } == [false, false])
        #expect(documents[1]["marks"] as? [String] == ["time_corrected"])
        var unknown = first
        unknown.observation.received = GatewayInstant(
            monotonicNanoseconds: 1, utc: UTCInstant(milliseconds: 0), quality: .unknown)
        let body = try object(composer.body(DeliveryItem.observation(unknown)))
        #expect(body["time_uncertain"] as? Bool == true)
        #expect(body["time_error_ms"] == nil)
    }

    @Test(arguments: [(DeliveryLane.live, false), (.backlog, true)])
    func `observations go in an envelope that says whether they are late`(
        lane: DeliveryLane, isLate: Bool
    ) throws {
        let items = [
            DeliveryItem.observation(try StoredSamples.observation(row: 1)),
            .observation(try StoredSamples.observation(row: 2, marks: .simulated)),
        ]
        let json = try object(composer.body(composer.delivery(lane: lane, items: items)))
        #expect(Set(json.keys) == ["gateway", "lane", "late", "simulated", "observations"])
        #expect(json["gateway"] as? String == "pole-1")
        #expect(json["lane"] as? String == lane.rawValue)
        #expect(json["late"] as? Bool == isLate)
        #expect(json["simulated"] as? Bool == true)
        let observations = try #require(json["observations"] as? [[String: Any]])
        #expect(observations.map { $0["simulated"] as? Bool } == [false, true])
        #expect(observations[0]["time"] as? String == "2026-11-21T09:00:00+09:00")
        #expect(observations[0]["value"] as? Double == 1.25)
        #expect(observations[0]["key"] as? String == "pole-1/seiryuji-01.stage-1/s1-1")
    }

    @Test func `an alarm carries its sentences beside the transition`() throws {
        let alarm = DeliveryItem.transition(try StoredSamples.transition(row: 7, isSimulated: true))
        let json = try object(composer.body(composer.delivery(lane: .alarms, items: [alarm])))
        #expect(json["simulated"] as? Bool == true)
        let first = try #require((json["alarms"] as? [[String: Any]])?.first)
        let key = "pole-1/alarm/seiryuji-01/level.danger/1/active/1795219200000"
        #expect(first["key"] as? String == key)
        #expect(first["warning_level_equivalent"] as? Int == 4)
        #expect(first["sentence_ja"] as? String == "氾濫危険水位に達しました（警戒レベル4相当）。")
        #expect(first["sentence_en"] as? String == "The flood danger level is reached.")
    }

    @Test func `bounds, estimates and bursts go along`() throws {
        var stored = try StoredSamples.observation(row: 1, marks: [.atLeast, .estimated])
        stored.observation.burst = BurstStatistics(spread: 12.5, validCount: 4, pingCount: 5)
        var json = try object(composer.body(.observation(stored)))
        #expect(json["marks"] as? [String] == ["at_least", "estimated"])
        #expect(json["spread"] as? Double == 12.5)
        #expect(json["pings"] as? Int == 5 && json["valid_pings"] as? Int == 4)
        stored.observation.marks = .below
        stored.observation.burst = BurstStatistics(
            spread: .infinity, validCount: 1, pingCount: 1)
        json = try object(composer.body(.observation(stored)))
        #expect(json["marks"] as? [String] == ["below"])
        #expect(json["spread"] == nil && json["pings"] as? Int == 1)
        stored.observation.burst = nil
        json = try object(composer.body(.observation(stored)))
        #expect(json["pings"] == nil && json["valid_pings"] == nil)

        var alarm = try StoredSamples.transition(row: 7)
        #expect(try object(composer.body(.transition(alarm)))["stage_bound"] == nil)
        alarm.transition.stageBound = .below
        json = try object(composer.body(.transition(alarm)))
        #expect(json["stage_bound"] as? String == "below")
    }

    @Test func `a detection goes alone or in an envelope`() throws {
        let item = DeliveryItem.detection(try StoredSamples.detection(row: 5))
        let json = try object(composer.body(composer.delivery(lane: .alarms, items: [item])))
        let inside = try #require((json["detections"] as? [[String: Any]])?.first)
        let alone = try object(composer.body(item))
        #expect(inside as NSDictionary == alone as NSDictionary)
        #expect(alone["species"] as? String == "macaca fuscata")
    }

    @Test func `a loss goes alone or in an envelope, a change of it under the same key`() throws {
        let item = DeliveryItem.loss(StoredSamples.loss(row: 4))
        let json = try object(composer.body(composer.delivery(lane: .live, items: [item])))
        #expect(Set(json.keys) == ["gateway", "lane", "late", "simulated", "losses"])
        let inside = try #require((json["losses"] as? [[String: Any]])?.first)
        #expect(inside as NSDictionary == (try object(composer.body(item))) as NSDictionary)
        let key = "pole-1/loss/off_cut/gateway/1795219200000-4"
        #expect(inside["key"] as? String == key && inside["revision"] as? Int == 0)
        #expect(inside["recovered"] as? String == "unknown" && inside["count"] == nil)
        #expect(inside["to"] as? String == "2026-11-21T00:01:00Z")
        #expect(inside["to_uncertain"] as? Bool == true)
        let change = try object(composer.body(.loss(StoredSamples.loss(row: 6))))
        #expect(change["key"] as? String == key && change["revision"] as? Int == 2)
        #expect(change["recovered"] as? String == "partly")
        #expect(change["recovered_count"] as? Int == 2)
        let own = StoredSamples.loss(row: 4, source: "seiryuji-01.stage-1")
        #expect(
            try object(composer.body(.loss(own)))["to"] as? String == "2026-11-21T09:01:00+09:00")
    }

    @Test func `a number that JSON cannot write is refused, not sent`() throws {
        let stored = try StoredSamples.observation(row: 1, value: .infinity)
        let failure = #expect(throws: AdapterFailure.self) {
            try composer.body(.observation(stored))
        }
        #expect(failure?.code == .corrupt && failure?.isRetryable == false)
    }

    private func object(_ body: [UInt8]) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(body))
        return try #require(value as? [String: Any])
    }
}

import Forwarding
import GatewayModel
import GatewayPorts
import Testing

@Suite struct WebhookForwarderTests {
    @Test func `every kind arrives signed and whole`() async throws {
        let receiver = try StrictReceiver(secret: "käse")
        let items: [DeliveryItem] = [
            .observation(try StoredSamples.observation(row: 1)),
            .transition(try StoredSamples.transition(row: 1)),
            .detection(try StoredSamples.detection(row: 1)),
        ]
        try await withForwarder(to: receiver) { forwarder in
            for item in items { try await forwarder.deliver(delivery([item])) }
        }
        #expect(receiver.problems == [])
        #expect(receiver.requests.count == 3)
        #expect(receiver.requests.allSatisfy { $0.headers["x-kawamori-timestamp"] == "1795219200" })
    }

    @Test func `a large delivery arrives whole`() async throws {
        let receiver = try StrictReceiver(secret: "s")
        let items = try (0..<2000).map {
            DeliveryItem.observation(try StoredSamples.observation(row: $0))
        }
        try await withForwarder(to: receiver) { try await $0.deliver(delivery(items)) }
        #expect(receiver.problems == [])
        #expect(receiver.requests.first?.body.count ?? 0 > 500_000)
    }

    @Test func `a retry bears the same key and body`() async throws {
        let receiver = try StrictReceiver(
            secret: "s", answers: [.hangUp, .status(503), .status(200)])
        let delivery = delivery([.observation(try StoredSamples.observation(row: 1))])
        try await withForwarder(to: receiver) { forwarder in
            for code in [AdapterFailure.Code.unreachable, .busy] {
                let failure = await #expect(throws: AdapterFailure.self) {
                    try await forwarder.deliver(delivery)
                }
                #expect(failure?.code == code)
            }
            try await forwarder.deliver(delivery)
        }
        #expect(receiver.problems == [])
        #expect(receiver.requests.count == 3)
        #expect(Set(receiver.requests.map { $0.headers["idempotency-key"] }).count == 1)
        #expect(Set(receiver.requests.map(\.body)).count == 1)
    }

    @Test(arguments: [
        (200, nil), (201, nil), (202, nil), (204, nil), (409, nil),
        (301, AdapterFailure.Code.refused), (308, .refused), (401, .refused), (403, .refused),
        (408, .busy), (425, .busy), (429, .busy), (500, .busy), (502, .busy), (503, .busy),
        (400, .rejected), (404, .refused), (405, .refused), (410, .refused), (413, .rejected),
        (422, .rejected),
    ])
    func `each status has its meaning`(status: Int, code: AdapterFailure.Code?) async throws {
        let receiver = try StrictReceiver(
            secret: "s",
            answers: [.status(status, headers: ["Location": "http://127.0.0.1:1/elsewhere"])])
        try await withForwarder(to: receiver) { forwarder in
            let failure = await failure(of: { try await forwarder.deliver(try single()) })
            #expect(failure?.code == code)
            #expect(failure.map { $0.cause.contains("\(status)") } ?? true)
        }
        #expect(receiver.problems == [])
        #expect(receiver.requests.count == 1)
    }

    @Test func `a failure quotes the beginning of the answer and nothing that could mislead`()
        async throws
    {
        let long = "no\u{1B}[2J\r\nway\u{202E} " + String(repeating: "é", count: 50_000)
        let receiver = try StrictReceiver(
            secret: "s", answers: [.status(429, headers: ["Retry-After": "120"], body: long)])
        try await withForwarder(to: receiver) { forwarder in
            let cause = try #require(
                await failure(of: { try await forwarder.deliver(try single()) })?.cause)
            #expect(
                cause.hasPrefix(
                    "answered 429 Too Many Requests, asks to come back after 120: no [2J  way"))
            #expect(cause.utf8.count < 350)
            #expect(!cause.unicodeScalars.contains { $0.value < 32 || $0.value == 0x202E })
        }
    }

    @Test func `nobody there, nobody answering and a dripping answer all end in time`() async throws
    {
        let receiver = try StrictReceiver(secret: "s", answers: [.silence, .trickle(503)])
        let clock = ContinuousClock()
        let start = clock.now
        try await withForwarder(to: receiver, timeoutSeconds: 0.4) { forwarder in
            let silent = await failure(of: { try await forwarder.deliver(try single()) })
            #expect(silent?.code == .unreachable)
            let dripping = await failure(of: { try await forwarder.deliver(try single()) })
            #expect(dripping?.code == .busy)
        }
        let gone = try StrictReceiver(secret: "s")
        gone.stop()
        try await withForwarder(to: gone, timeoutSeconds: 0.4) { forwarder in
            let failure = await failure(of: { try await forwarder.deliver(try single()) })
            #expect(failure?.code == .unreachable)
            #expect(failure?.operation == "post to city at \(gone.url)")
        }
        #expect(clock.now - start < .seconds(8))
    }

    @Test(arguments: ["", "ftp://example.jp/", "example.jp", "https://", "http:///path"])
    func `an address that is none is said at once`(url: String) {
        let failure = #expect(throws: AdapterFailure.self) {
            try WebhookForwarder(
                .init(name: "city", url: url, secret: []), composer: StoredSamples.composer,
                clock: StoppedClock())
        }
        #expect(failure?.code == .unavailable)
    }

    @Test func `a certificate file that is none is said at once`() {
        let failure = #expect(throws: AdapterFailure.self) {
            try WebhookForwarder(
                .init(
                    name: "city", url: "https://127.0.0.1/", secret: [],
                    certificateAuthorityFile: "/nonexistent/authority.pem"),
                composer: StoredSamples.composer, clock: StoppedClock())
        }
        #expect(
            failure?.cause.hasPrefix("/nonexistent/authority.pem holds no certificates") == true)
    }

    // MARK: -

    private func withForwarder(
        to receiver: StrictReceiver, timeoutSeconds: Double = 30,
        _ body: (WebhookForwarder) async throws -> Void
    ) async throws {
        let forwarder = try WebhookForwarder(
            .init(
                name: "city", url: receiver.url, secret: receiver.secret, itemLimit: 2000,
                answerTimeoutSeconds: timeoutSeconds),
            composer: StoredSamples.composer, clock: StoppedClock())
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(forwarder))
        } catch {
            result = .failure(error)
        }
        await forwarder.close()
        receiver.stop()
        try result.get()
    }

    private func delivery(_ items: [DeliveryItem]) -> Delivery {
        StoredSamples.composer.delivery(lane: .live, items: items)
    }

    private func single() throws -> Delivery {
        delivery([.observation(try StoredSamples.observation(row: 1))])
    }
}

/// The failure of `body`; nil where it went well or failed in another way.
func failure(of body: () async throws -> Void) async -> AdapterFailure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? AdapterFailure
    }
}

/// What the console needs to know before it listens.
package struct ConsoleConfiguration: Sendable, Equatable {
    /// The address to listen on: a name or an IP address; `0.0.0.0` for every IPv4 interface.
    package var host: String
    /// The TCP port; 0 takes a free one, which `ConsoleServer.run` then tells.
    package var port: Int
    /// How long a sign-in lasts, in seconds.
    package var sessionLifetimeSeconds: Double
    /// Where Debian's `libjs-dygraphs` puts its files; without them the pages show tables only.
    package var dygraphsDirectory: String
    /// Whether cookies are sent over HTTPS only; true where a proxy in front speaks TLS.
    package var cookiesAreSecure: Bool
    /// A secret that lets machines read what a viewer may read, sent as `Authorization: Bearer`;
    /// nil lets no machine in. `kawamori status` uses it. 16 bytes or more.
    package var machineToken: String?
    /// A secret that lets the machine's own commands do what an administrator may do; nil lets none.
    /// 16 bytes or more.
    package var controlToken: String?
    /// After how many expected intervals a reading no longer counts as current.
    package var staleAfterIntervals: Double
    /// The expected interval of a sensor whose station file gives none, in seconds: the ten minutes
    /// in which Japanese rivers report.
    package var defaultIntervalSeconds: Double

    package init(
        host: String = "127.0.0.1", port: Int = 8080, sessionLifetimeSeconds: Double = 43_200,
        dygraphsDirectory: String = "/usr/share/javascript/dygraphs",
        cookiesAreSecure: Bool = false, machineToken: String? = nil,
        controlToken: String? = nil,
        staleAfterIntervals: Double = 3, defaultIntervalSeconds: Double = 600
    ) {
        precondition((0...65_535).contains(port), "a TCP port lies in 0...65535")
        precondition(sessionLifetimeSeconds > 0, "a sign-in must last some time")
        precondition(
            [machineToken, controlToken].allSatisfy { $0.map { $0.utf8.count >= 16 } ?? true },
            "a machine token of less than 16 bytes can be guessed")
        self.host = host
        self.port = port
        self.sessionLifetimeSeconds = sessionLifetimeSeconds
        self.dygraphsDirectory = dygraphsDirectory
        self.cookiesAreSecure = cookiesAreSecure
        self.machineToken = machineToken
        self.controlToken = controlToken
        self.staleAfterIntervals = staleAfterIntervals
        self.defaultIntervalSeconds = defaultIntervalSeconds
    }
}

/// The console's limits in one place.
enum ConsoleLimits {
    /// The most bytes of a request's body; forms and comments are short.
    static let bodyByteCount = 16_384
    /// The most characters of a comment.
    static let commentLength = 500
    /// The most characters of the name of whom an alarm is assigned to.
    static let nameLength = 64
    /// The most sessions at once; the one that ends first makes room.
    static let sessionCount = 1_000
    /// The most addresses and accounts whose failed sign-ins are remembered.
    static let throttleEntryCount = 1_000
    /// The most password checks that wait; more are told to come back.
    static let waitingPasswordCheckCount = 8
    /// The most observations in one answer.
    static let observationPageSize = 10_000
    /// The most rows of any other list in one answer.
    static let listPageSize = 1_000
    /// The most connections at once.
    static let connectionCount = 512
}

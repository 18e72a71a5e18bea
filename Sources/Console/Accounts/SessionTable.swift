import Crypto
import FoundationEssentials
import GatewayModel
import GatewayPorts
import Synchronization

/// Who is signed in: a bounded table on the server; the cookie holds nothing but a random token.
final class SessionTable: Sendable {
    private let capacity: Int
    private let lifetimeNanoseconds: Int64
    /// By the SHA-256 of the token, so that a copy of memory opens no session.
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    init(capacity: Int, lifetimeSeconds: Double) {
        self.capacity = capacity
        self.lifetimeNanoseconds = Int64(min(lifetimeSeconds, 1e9) * 1e9)
    }

    /// Signs an account in and returns the token for its cookie.
    func open(account: String, role: Account.Role, now: GatewayInstant) -> String {
        let token = randomToken()
        let session = Session(
            account: account, role: role, formToken: randomToken(),
            endsAtNanoseconds: now.monotonicNanoseconds + lifetimeNanoseconds)
        sessions.withLock { table in
            table = table.filter { $0.value.endsAtNanoseconds > now.monotonicNanoseconds }
            while table.count >= capacity,
                let first = table.min(by: {
                    $0.value.endsAtNanoseconds < $1.value.endsAtNanoseconds
                })
            {
                table[first.key] = nil
            }
            table[digest(token)] = session
        }
        return token
    }

    /// The session of a token; nil where there is none or it has ended.
    func session(token: String, now: GatewayInstant) -> Session? {
        let key = digest(token)
        return sessions.withLock { table in
            guard let session = table[key] else { return nil }
            guard session.endsAtNanoseconds > now.monotonicNanoseconds else {
                table[key] = nil
                return nil
            }
            return session
        }
    }

    /// Signs the holder of a token out.
    func close(token: String) {
        let key = digest(token)
        sessions.withLock { $0[key] = nil }
    }

    /// How many sessions there are.
    var count: Int { sessions.withLock { $0.count } }

    private func digest(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Data(token.utf8))) }
}

/// 256 random bits as 43 characters that may stand in a cookie.
func randomToken() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    var text = Data(bytes).base64EncodedString()
    text.removeAll { $0 == "=" }
    return String(
        text.map { character in
            switch character {
            case "+": "-"
            case "/": "_"
            default: character
            }
        })
}

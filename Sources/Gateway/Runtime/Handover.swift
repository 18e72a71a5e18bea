/// Carries a value that is not `Sendable` to the one thread that will own it.
///
/// The giver makes the value, puts it in, and never touches it again; the thread takes it out.
/// Nothing checks that, which is why it is used in one place only: where the threads start.
struct Handover<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}

import Testing

/// What needs a kernel of its own: real drivers, real edges, real exits.
///
/// One machine after another: each is plain emulation and wants a whole processor.
@Suite(
    .serialized, .enabled(if: VirtualMachineKit.isUsable, VirtualMachineKit.absence),
    .timeLimit(.minutes(10)))
struct VirtualMachineTests {}

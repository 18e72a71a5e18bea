import GatewayModel

extension LineEdge {
    /// Whether it is the very next edge of the line after `earlier`, as far as numbers tell; always
    /// true where the kernel numbers none.
    func follows(_ earlier: LineEdge) -> Bool {
        (sequence == 0 && earlier.sequence == 0) || sequence == earlier.sequence &+ 1
    }
}

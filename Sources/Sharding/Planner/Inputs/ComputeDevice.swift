/// What looks rows up and runs the dense layers.
public enum ComputeDevice: String, Sendable, Codable, CaseIterable {
  /// Tables lie in main memory, which the ranks of a host share.
  case cpu
  /// A GPU a rank: tables lie in its memory, or in the host's where their placement says so.
  case cuda
}

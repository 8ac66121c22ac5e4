/// How far ahead of its turn a batch is worked on where tables are divided over processes.
public enum PipelineMode: String, Sendable, CaseIterable, Codable {
  /// Not at all.
  case off
  /// The ids of the next batch travel while this one is computed, the batch after it is loaded: the same bits as `off`.
  case exact
  /// Rows of the next batch are looked up and travel too, before this one updates them: they are one step stale.
  case semiSync = "semi-sync"
}

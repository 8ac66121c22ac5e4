import Testing
import Training

/// The faults of the `ConfigurationError` that `body` throws; none when it throws nothing, and an issue for another error.
func configurationFaults(_ body: () throws -> Void) -> [ConfigurationFault] {
  do {
    try body()
    return []
  } catch let error as ConfigurationError {
    return error.faults
  } catch {
    Issue.record("\(error)")
    return []
  }
}

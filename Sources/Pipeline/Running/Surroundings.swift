import Foundation
import Training

/// What a pipeline needs of the world: its own program for the heavy steps, servers, and time. Tests give it a world of their own.
public struct Surroundings {
  /// Runs the program and gives what it printed.
  ///
  /// - Parameter log: the file for what it says on standard error.
  /// - Throws: `PipelineError` with its last lines where it fails or is killed.
  public var run: (_ arguments: [String], _ log: String) throws -> String
  /// Reads a file, or a URL.
  public var fetch: (_ place: String, _ timeout: Double) throws -> String
  /// Runs a line of shell and gives what it printed.
  public var shell: (_ line: String, _ timeout: Double) throws -> String
  public var post: (_ url: String, _ json: String, _ timeout: Double) throws -> Void
  /// Seconds since 1970.
  public var now: () -> Double
  /// - Throws: `PipelineError` when a signal comes meanwhile.
  public var sleep: (_ seconds: Double) throws -> Void

  public init(
    run: @escaping (_ arguments: [String], _ log: String) throws -> String,
    fetch: @escaping (_ place: String, _ timeout: Double) throws -> String,
    shell: @escaping (_ line: String, _ timeout: Double) throws -> String,
    post: @escaping (_ url: String, _ json: String, _ timeout: Double) throws -> Void,
    now: @escaping () -> Double, sleep: @escaping (_ seconds: Double) throws -> Void
  ) {
    (self.run, self.fetch, self.shell, self.post, self.now, self.sleep) = (run, fetch, shell, post, now, sleep)
  }

  /// The real one.
  ///
  /// - Parameter program: this program's file.
  public static func real(program: String) -> Surroundings {
    Surroundings(
      run: { arguments, log in try ChildProgram.run([program] + arguments, log: log) },
      fetch: { place, timeout in
        place.hasPrefix("http://") || place.hasPrefix("https://")
          ? try Curl.get(place, timeout: timeout) : try text(of: place)
      },
      shell: { line, timeout in try ChildProgram.output(of: ["/bin/sh", "-c", line], input: "", timeout: timeout) },
      post: { url, json, timeout in try Curl.post(json, to: url, timeout: timeout) },
      now: { Date().timeIntervalSince1970 },
      sleep: { seconds in
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
          if let signal = SignalWatcher.pending { throw ChildProgram.interruption(signal) }
          usleep(UInt32(max(0.001, min(0.05, end.timeIntervalSinceNow)) * 1e6))
        }
      })
  }

  private static func text(of path: String) throws -> String {
    guard let bytes = FileManager.default.contents(atPath: path), let text = String(validating: bytes, as: UTF8.self)
    else {
      throw PipelineError(
        .unreachable, path, received: "no file of text that can be read", remedy: "check the path, or give a URL")
    }
    return text
  }
}

import Foundation

/// Puts that replace nothing unseen, of which Arrow has none: so one of two machines that write the same object is told.
///
/// They go to the store by the program curl. The store has to honour `If-Match` and `If-None-Match`, as S3, MinIO and SeaweedFS do.
extension ObjectStore {
  /// Whether it has them: an object store does, a folder does not.
  public var hasConditions: Bool { name.hasPrefix("s3://") }

  /// How an object stands there.
  ///
  /// - Returns: nil where it is not there.
  /// - Throws: `DataError` for a store that refuses or does not answer.
  public func state(of file: String) throws -> ObjectState? {
    let answer = try send("HEAD", file, payload: SignedRequest.emptyPayload, headers: [:])
    switch answer.status {
    case 200: return answer.state
    case 404: return nil
    default: throw refused(file, "it can't be looked at", answer)
    }
  }

  /// Puts a file there, if the object is still as it was seen.
  ///
  /// - Parameters:
  ///   - path: of a local file.
  ///   - seen: what ``state(of:)`` returned; nil where the object was not there.
  ///   - change: a name of this put that no other has.
  ///   - writer: who puts.
  /// - Returns: how it stands then.
  /// - Throws: `DataError` with code `changedThere` where another put came first, of which nothing was overwritten.
  public func put(
    _ path: String, as file: String, over seen: ObjectState?, change: String, writer: String = ObjectStore.writer()
  ) throws -> ObjectState {
    let headers = [
      seen == nil ? "if-none-match" : "if-match": seen?.tag ?? "*", "content-type": "application/octet-stream",
      "x-amz-meta-swiftrec-change": change, "x-amz-meta-swiftrec-writer": writer,
    ]
    let answer = try send("PUT", file, payload: Checksum.sha256(ofFile: path), headers: headers, body: path)
    switch answer.status {
    case 200...299:
      return ObjectState(tag: answer.state.tag, change: change, writer: writer, written: answer.headers["date"])
    case 404 where seen == nil: throw refused(file, "\(path) can't be put there", answer)
    case 404, 409, 412:
      // An answer that was lost on its way was asked for once more.
      let now = try state(of: file)
      if let now, now.change == change { return now }
      throw DataError(
        .changedThere, file: "\(name)/\(file)",
        now.map { "\($0.story) meanwhile, so it was left as it is" } ?? "deleted meanwhile, so nothing was put",
        remedy: "see that one machine alone writes there, then try again")
    default: throw refused(file, "\(path) can't be put there", answer)
    }
  }

  /// This account on this machine, in letters that a header takes.
  public static func writer() -> String {
    let environment = ProcessInfo.processInfo.environment
    let user = environment["SWIFTREC_USER"] ?? environment["USER"] ?? NSUserName()
    return String(
      "\(user)@\(ProcessInfo.processInfo.hostName)".map { $0.isASCII && $0 > " " && $0 != "\u{7F}" ? $0 : "?" })
  }

  // MARK: Steps

  private struct Answer {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: String

    var state: ObjectState {
      ObjectState(
        tag: headers["etag"] ?? "", change: headers["x-amz-meta-swiftrec-change"],
        writer: headers["x-amz-meta-swiftrec-writer"], written: headers["last-modified"])
    }
  }

  /// Four tries, as Arrow has: for a store that does not answer, or says that it can't now.
  private func send(
    _ method: String, _ file: String, payload: String, headers: [String: String], body: String? = nil
  ) throws -> Answer {
    let access = try access()
    let request = SignedRequest(
      method: method, host: access.host, path: "\(access.path.hasSuffix("/") ? access.path : access.path + "/")\(file)",
      headers: headers, payload: payload, region: access.region)
    var attempt = 0
    while true {
      attempt += 1
      do {
        let answer = try send(request, access, body)
        // S3 says 409 of two puts at one moment, and asks to try again.
        guard attempt < 4, answer.status >= 500 && answer.status != 501 || answer.status == 409 else { return answer }
      } catch let error as DataError where error.code == .fetchFailed {
        guard attempt < 4 else {
          throw DataError(
            .unavailable, file: "\(name)/\(file)", "no answer, \(attempt) attempts: \(error.problem)",
            remedy: "see that the store is up and that this machine reaches it")
        }
      }
      usleep(50_000 << UInt32(attempt))
    }
  }

  private func send(_ request: SignedRequest, _ access: ObjectAccess, _ body: String?) throws -> Answer {
    let stem = "\(FileManager.default.temporaryDirectory.path)/swiftrec-\(UUID().uuidString)"
    let (head, text) = ("\(stem).head", "\(stem).body")
    defer { for path in [head, text] { unlink(path) } }
    var lines = [
      "url = \(CurlSettings.quoted("\(access.scheme)://\(request.host)\(request.encodedPath)"))", "path-as-is",
      "dump-header = \(CurlSettings.quoted(head))", "output = \(CurlSettings.quoted(text))",
      // One that takes the connection and stays silent.
      "connect-timeout = 4", "speed-limit = 1", "speed-time = 4",
      // No pause before the body, and no `100 Continue` among the answers.
      "header = \"Expect:\"",
    ]
    if let body { lines.append("upload-file = \(CurlSettings.quoted(body))") } else { lines.append("head") }
    for (name, value) in request.signed(access.keys, at: SignedRequest.now()) {
      lines.append("header = \(CurlSettings.quoted("\(name): \(value)"))")
    }
    _ = try CurlSettings.run(lines, timeout: 600)
    let answer =
      (FileManager.default.contents(atPath: head).map { String(decoding: $0, as: UTF8.self) } ?? "")
      .components(separatedBy: "\r\n\r\n").last { $0.hasPrefix("HTTP/") } ?? ""
    let rows = answer.components(separatedBy: "\r\n")
    let fields = rows.dropFirst().compactMap { row -> (String, String)? in
      guard let colon = row.firstIndex(of: ":") else { return nil }
      return (row[..<colon].lowercased(), row[row.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }
    let status = rows.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return Answer(
      status: status, headers: Dictionary(fields, uniquingKeysWith: { first, _ in first }),
      body: FileManager.default.contents(atPath: text).map { String(decoding: $0, as: UTF8.self) } ?? "")
  }

  private func refused(_ file: String, _ problem: String, _ answer: Answer) -> DataError {
    let message = answer.body.components(separatedBy: "<Message>").dropFirst().first?
      .components(separatedBy: "</Message>").first
    return DataError(
      .unavailable, file: "\(name)/\(file)", "\(problem): status \(answer.status)\(message.map { ", \($0)" } ?? "")",
      remedy: "look at the bucket, the keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) and the network")
  }
}

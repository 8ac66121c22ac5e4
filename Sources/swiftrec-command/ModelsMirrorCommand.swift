import ArgumentParser
import Registry
import Training

extension ModelsCommand {
  struct Mirror: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "mirror", abstract: "Keeps a copy of the registry in an object store, for other machines to read.",
      discussion: """
        Example: swiftrec models mirror s3://bucket/models
        From then on each change goes there too. Without an address it sends what could not be sent. Machines that serve name the \
        copy: SWIFTREC_REGISTRY=s3://bucket/models swiftrec serve registry:films@champion
        """)

    @OptionGroup var options: StoreOptions

    @Argument(
      help: "s3://bucket/prefix, with endpoint_override, scheme and region behind a question mark, or file:///folder.")
    var address: String?

    @Flag(help: "Replace the copy of another registry.")
    var takeOver = false

    func run() throws {
      let store = try options.open()
      let sent = try store.copy(to: address, takingOver: takeOver)
      let place = try store.mirror().map { String($0.prefix { $0 != "?" }) } ?? ""
      if options.json {
        print(JSONText.object([("mirror", .text(place)), ("sent", .list(sent.map(JSONText.text)))]))
      } else {
        print("\(place): \(sent.isEmpty ? "nothing was missing" : "sent \(sent.joined(separator: ", "))")")
      }
    }
  }
}

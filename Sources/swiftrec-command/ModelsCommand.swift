import ArgumentParser
import Foundation
import Registry
import Training

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Keeps versions of models, and moves the names by which they are served.",
    discussion: """
      A registry is a folder: --registry, else SWIFTREC_REGISTRY, else registry. Versions never change; an alias such as champion \
      or canary names one of them, and each move of it is kept with who, when and why. What serves names registry:NAME@ALIAS.
      """,
    subcommands: [
      Register.self, List.self, Show.self, Promote.self, Rollback.self, Alias.self, Diff.self, Prune.self, Verify.self,
      Mirror.self,
    ])
}

/// The options of every command with a registry.
struct StoreOptions: ParsableArguments {
  @Option(help: "The registry's folder, or its copy's address to read; SWIFTREC_REGISTRY, else registry, by default.")
  var registry: String?

  @Flag(help: "Prints one JSON object.")
  var json = false

  func open(readOnly: Bool = false) throws -> ModelStore {
    try ModelStore(registry ?? ModelStore.defaultFolder(), readOnly: readOnly)
  }
}

extension ModelsCommand {
  struct Register: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "register", abstract: "Copies a package into the registry as the next version of a model.",
      discussion: """
        Example: swiftrec models register packages/films --name films --note "two more weeks of data"
        Every byte is hashed and compared with the manifest. A package that is there already keeps its version.
        """)

    @OptionGroup var options: StoreOptions

    @Argument(help: "A folder that `swiftrec export` made.")
    var package: String

    @Option(help: "The model's name; that of the package by default.")
    var name: String?

    @Option(help: "Words about this version.")
    var note = ""

    func run() throws {
      let (version, isNew) = try options.open().register(package, as: name, note: note)
      if options.json {
        print(ModelsAnswer.json(version, extra: [("is_new", .boolean(isNew))]))
      } else {
        print("\(version.name)@\(version.version)\(isNew ? "" : " (there already)"): \(version.path)")
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Names the models with their versions and aliases.")

    @OptionGroup var options: StoreOptions

    @Argument(help: "One model; all by default.")
    var name: String?

    func run() throws {
      let store = try options.open(readOnly: true)
      var rows = [["model", "version", "aliases", "type", "size", "registered", "by"]]
      var list: [JSONText] = []
      for name in try name.map({ [$0] }) ?? store.names() {
        let aliases = try store.aliases(of: name)
        for version in try store.versions(of: name) {
          let own = aliases.filter { $0.value == version.version }.keys.sorted()
          list.append(ModelsAnswer.json(version, extra: [("aliases", .list(own.map(JSONText.text)))]))
          rows.append([
            name, "\(version.version)", own.joined(separator: ", "), version.model, ExportCommand.size(version.size),
            version.registered, version.by,
          ])
        }
      }
      print(options.json ? JSONText.object([("versions", .list(list))]).description : Answer.table(rows))
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Shows one version: where it is, its metrics, and how the aliases moved.",
      discussion: "Example: swiftrec models show films@champion")

    @OptionGroup var options: StoreOptions

    @Argument(help: "NAME@ALIAS, NAME@3, or NAME for its champion.")
    var reference: String

    func run() throws {
      let store = try options.open(readOnly: true)
      let version = try store.resolve(reference)
      let moves = try store.moves(of: version.name)
      if options.json {
        print(ModelsAnswer.json(version, extra: [("moves", .list(moves.map(ModelsAnswer.json)))]))
        return
      }
      let facts = [
        ["version", "\(version.name)@\(version.version)"], ["package", version.path],
        ["digest", version.digest], ["type", "\(version.model) (\(version.kind.rawValue))"],
        ["size", ExportCommand.size(version.size)], ["registered", "\(version.registered) by \(version.by)"],
      ]
      for fact in facts + (version.note.isEmpty ? [] : [["note", version.note]]) {
        print(fact[0].padding(toLength: 12, withPad: " ", startingAt: 0) + fact[1])
      }
      let metrics = version.metrics
      let names = Set(metrics.test.keys).union(metrics.validation.keys).sorted()
      if !names.isEmpty {
        func cell(_ value: Double?) -> String { value.map { Answer.number($0) } ?? "" }
        print(
          "\n"
            + Answer.table(
              [["metric", "test", "validation"]]
                + names.map { [$0, cell(metrics.test[$0]), cell(metrics.validation[$0])] }))
      }
      if !moves.isEmpty {
        print(
          "\n" + Answer.table([["when", "alias", "from", "to", "action", "by", "why"]] + moves.map(ModelsAnswer.row)))
      }
    }
  }

  struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "promote", abstract: "Moves an alias to a version, if it is better where that is asked.",
      discussion: """
        Example: swiftrec models promote films --if-better ndcg@10 --min-delta 0.002
        Without --version the newest one is taken. A gate that holds ends with exit code 4, and the alias stays where it is.
        """)

    @OptionGroup var options: StoreOptions

    @Argument(help: "The model's name.")
    var name: String

    @Option(help: "The version; the newest by default.")
    var version: Int?

    @Option(help: "The alias that moves.")
    var alias = "champion"

    @Option(help: "A metric that must be better than that of the version which the alias names.")
    var ifBetter: String?

    @Option(help: "By how much at least.")
    var minDelta: Double?

    @Option(help: "Words about why.")
    var reason = ""

    func run() throws {
      guard minDelta == nil || ifBetter != nil else {
        throw CommandError("--min-delta: received without --if-better, which names the metric; add --if-better ndcg@10")
      }
      guard minDelta.map({ $0.isFinite && $0 >= 0 }) ?? true else {
        throw CommandError("--min-delta: received \(minDelta ?? 0), expected a number from 0; write --min-delta 0.002")
      }
      let gate = ifBetter.map { PromotionGate(metric: $0, minimumDelta: minDelta ?? 0) }
      ModelsAnswer.show(
        try options.open().promote(name, version: version, to: alias, gate: gate, reason: reason), json: options.json)
    }
  }

  struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rollback", abstract: "Moves an alias back to the version that it named before.")

    @OptionGroup var options: StoreOptions

    @Argument(help: "The model's name.")
    var name: String

    @Option(help: "The alias that moves.")
    var alias = "champion"

    @Option(help: "Words about why.")
    var reason = ""

    func run() throws {
      ModelsAnswer.show(try options.open().rollback(name, alias: alias, reason: reason), json: options.json)
    }
  }

  struct Alias: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "alias", abstract: "Gives a version a name, or takes one away, without a gate.",
      discussion: "Example: swiftrec models alias films canary --version 4")

    @OptionGroup var options: StoreOptions

    @Argument(help: "The model's name.")
    var name: String

    @Argument(help: "The alias.")
    var alias: String

    @Option(help: "The version; the newest by default.")
    var version: Int?

    @Flag(help: "Takes the alias away.")
    var remove = false

    @Option(help: "Words about why.")
    var reason = ""

    func run() throws {
      guard !remove || version == nil else {
        throw CommandError("--remove: received with --version; drop one of them")
      }
      let store = try options.open()
      ModelsAnswer.show(
        remove
          ? try store.removeAlias(name, alias, reason: reason)
          : try store.alias(name, alias, to: version, reason: reason), json: options.json)
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff", abstract: "Compares two versions: metrics, configuration, provenance, files.",
      discussion: "Example: swiftrec models diff films@champion films@7")

    @OptionGroup var options: StoreOptions

    @Argument(help: "NAME@ALIAS, NAME@3, or NAME for its champion.")
    var first: String

    @Argument(help: "The same of the other one.")
    var second: String

    func run() throws {
      let difference = try options.open(readOnly: true).diff(first, second)
      let parts = [
        ("metrics", difference.metrics), ("configuration", difference.configuration),
        ("provenance", difference.provenance), ("files", difference.files),
      ]
      if options.json {
        print(
          JSONText.object(
            parts.map { name, lines in
              (
                name,
                .list(
                  lines.map {
                    .object([
                      ("what", .text($0.what)), ("first", $0.first.map(JSONText.text) ?? .null),
                      ("second", $0.second.map(JSONText.text) ?? .null),
                    ])
                  })
              )
            }))
        return
      }
      guard !difference.isEmpty else {
        print("\(first) and \(second) are the same")
        return
      }
      for (name, lines) in parts where !lines.isEmpty {
        print(Answer.table([[name, first, second]] + lines.map { [$0.what, $0.first ?? "-", $0.second ?? "-"] }))
        print("")
      }
    }
  }

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "prune", abstract: "Deletes old versions that no alias names and no rollback needs.")

    @OptionGroup var options: StoreOptions

    @Argument(help: "The model's name.")
    var name: String

    @Option(help: "How many of the newest versions stay.")
    var keep = 10

    func run() throws {
      let gone = try options.open().prune(name, keep: keep)
      if options.json {
        print(JSONText.object([("pruned", .list(gone.map { .integer($0.version) }))]))
      } else {
        print(
          gone.isEmpty
            ? "nothing to delete"
            : "deleted \(gone.map { "\($0.name)@\($0.version)" }.joined(separator: ", ")): "
              + ExportCommand.size(gone.reduce(0) { $0 + $1.size }))
      }
    }
  }
}

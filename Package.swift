// swift-tools-version: 6.2
import PackageDescription

// Every floor imports only what stands below it; the build checks that (`make build` passes
// `--explicit-target-dependency-import-check error`).
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A library floor: folder `Sources/<name>`.
func floor(_ name: String, _ below: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: below, path: "Sources/\(name)", swiftSettings: house)
}

/// The tests of one floor: folder `Tests/<name>`.
func tests(_ name: String, _ below: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: below, path: "Tests/\(name)", swiftSettings: house)
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
/// What only serving needs.
let network: [Target.Dependency] = [
  .product(name: "Hummingbird", package: "hummingbird"),
  .product(name: "HummingbirdCore", package: "hummingbird"),
  .product(name: "HummingbirdTLS", package: "hummingbird"),
  .product(name: "HTTPTypes", package: "swift-http-types"),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
  .product(name: "NIOSSL", package: "swift-nio-ssl"),
  .product(name: "GRPCCore", package: "grpc-swift-2"),
  .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
  .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
  .product(name: "SwiftProtobuf", package: "swift-protobuf"),
  .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
  .product(name: "UnixSignals", package: "swift-service-lifecycle"),
  .product(name: "Histogram", package: "hdrhistogram-swift"),
]
let sqlite: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "swiftrec",
  products: [
    .library(name: "SwiftRec", targets: ["SwiftRec"]),
    .library(name: "SwiftRecCommand", targets: ["SwiftRecCommand"]),
    .executable(name: "swiftrec", targets: ["SwiftRecProgram"]),
    // The C functions of the Python package: libswiftrec_python.so.
    .library(name: "swiftrec_python", type: .dynamic, targets: ["SwiftRecC"]),
    .executable(name: "swiftrec-bench", targets: ["SwiftRecBench"]),
    .executable(name: "swiftrec-test-gpu", targets: ["SwiftRecTestGPU"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
    .package(url: "https://github.com/hdrhistogram/hdrhistogram-swift", exact: "0.2.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: ["FullFoundation"]),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    // C
    .systemLibrary(
      name: "CSwiftRec", path: "Sources/CSwiftRec", pkgConfig: "swiftrec-native"),
    .target(name: "CStart", path: "native/start"),
    .systemLibrary(
      name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // The engine
    floor("Torch", ["CSwiftRec"]),
    floor("TorchNN", ["Torch"]),
    floor("TorchDistributed", ["CSwiftRec", "Torch", "TorchNN"]),
    // The lock is a link to the one at the root: what doctor compares with is what set-up installed from.
    .target(
      name: "Environment", dependencies: ["CSwiftRec", "Torch", "TorchDistributed"], path: "Sources/Environment",
      resources: [.embedInCode("environment.lock")], swiftSettings: house),
    floor("Retrieval", ["CSwiftRec", "Torch"]),
    floor("Sparse", ["Torch", "TorchNN", "Environment"]),
    floor("Sharding", ["Torch", "TorchNN", "TorchDistributed", "Sparse"]),

    // Recommendation
    floor("Features", ["CSwiftRec", "CZlib", "Torch", "Sparse", crypto]),
    // Not `Metrics`: so is a module of swift-metrics called, which HTTP servers bring.
    .target(
      name: "RecommenderMetrics", dependencies: ["Torch", "Retrieval"], path: "Sources/Metrics", swiftSettings: house),
    floor("Models", ["Torch", "TorchNN", "TorchDistributed", "Sparse", "Sharding", "Features"]),
    floor(
      "Training",
      [
        "Torch", "TorchNN", "TorchDistributed", "Environment", "Features", "RecommenderMetrics", "Models", "Retrieval",
        "Sparse",
        "Sharding", yams, logging,
      ]),
    floor(
      "Registry",
      [
        "CSwiftRec", "Torch", "TorchNN", "Environment", "Retrieval", "Sparse", "Features", "Models", "Training", crypto,
        sqlite,
      ]),
    floor("Pipeline", ["Torch", "Features", "Training", "Registry"]),
    .target(
      name: "Serving",
      dependencies: [
        "Torch", "Environment", "Sparse", "Features", "Models", "Training", "Registry", sqlite, yams, logging, crypto,
      ] + network,
      path: "Sources/Serving", exclude: ["GRPC/inference.proto", "GRPC/traces.proto"],
      resources: [.embedInCode("HTTP/openapi.json")], swiftSettings: house),
    floor(
      "SwiftRec",
      [
        "Torch", "TorchNN", "TorchDistributed", "Environment", "Retrieval", "Sparse", "Features",
        "RecommenderMetrics", "Models", "Training", "Registry",
      ]),

    .target(
      name: "SwiftRecC",
      dependencies: [
        "Torch", "TorchNN", "TorchDistributed", "Environment", "Retrieval", "Sparse", "Features", "RecommenderMetrics",
        "Models",
        "Training",
      ],
      path: "Sources/SwiftRecC", exclude: ["exports.map"], swiftSettings: house),

    // Programs
    // A library, so that a package with models of its own has the same program.
    .target(
      name: "SwiftRecCommand",
      dependencies: [
        "Torch", "TorchNN", "TorchDistributed", "Environment", "Retrieval", "Sparse", "Sharding", "Features",
        "RecommenderMetrics", "Models", "Training", "Registry", "Serving", "Pipeline", "CStart",
        arguments, logging,
      ],
      path: "Sources/swiftrec-command",
      resources: [
        "Package.swift", "Model.swift", "main.swift", "Tests.swift", "config.yaml", "Makefile", "README.md",
        "gitignore",
      ]
      .map { .embedInCode("Template/\($0).txt") }, swiftSettings: house),
    .executableTarget(
      name: "SwiftRecProgram", dependencies: ["SwiftRecCommand"], path: "Sources/swiftrec",
      swiftSettings: house),
    .executableTarget(
      name: "SwiftRecBench",
      dependencies: [
        "Torch", "TorchNN", "TorchDistributed", "Environment", "Retrieval", "Sparse", "Sharding", "Features",
        "RecommenderMetrics",
        "Models", "Training", "Showcase", "CStart", arguments,
      ],
      path: "Sources/swiftrec-bench", swiftSettings: house),
    .executableTarget(
      name: "SwiftRecTestGPU",
      dependencies: [
        "Torch", "TorchNN", "TorchDistributed", "Retrieval", "Sparse", "Sharding", "Features", "RecommenderMetrics",
        "Models",
        "Showcase", "CStart",
      ],
      path: "Sources/swiftrec-test-gpu", swiftSettings: house),
    .target(
      name: "Showcase", dependencies: ["Torch", "TorchNN", "Sparse"], path: "Examples/Showcase/Programs",
      swiftSettings: house),
    .executableTarget(
      name: "ShowcaseRunner", dependencies: ["Showcase", "Torch", "TorchNN", "Sparse", "CStart"],
      path: "Examples/Showcase/Runner", swiftSettings: house),

    // Tests, and what several of them share
    .target(
      name: "TestSupport", dependencies: ["Torch", "TorchDistributed"], path: "Tests/Support", swiftSettings: house),
    tests("TorchTests", ["Torch", "TestSupport"]),
    tests("TorchNNTests", ["Torch", "TorchNN", "TestSupport"]),
    tests("TorchDistributedTests", ["Torch", "TorchNN", "TorchDistributed", "TestSupport"]),
    tests("EnvironmentTests", ["Torch", "TorchDistributed", "Environment"]),
    tests("RetrievalTests", ["Torch", "Retrieval"]),
    tests("SparseTests", ["Torch", "TorchNN", "Sparse", "TestSupport"]),
    tests("ShardingTests", ["Torch", "TorchNN", "TorchDistributed", "Sparse", "Sharding", "TestSupport"]),
    tests("FeaturesTests", ["Torch", "Sparse", "Features", "TestSupport"]),
    tests("MetricsTests", ["Torch", "Retrieval", "Features", "RecommenderMetrics"]),
    tests("ModelsTests", ["Torch", "TorchNN", "Sparse", "Features", "Models", "Showcase", "TestSupport"]),
    tests(
      "RegistryTests",
      [
        "Torch", "TorchNN", "Retrieval", "Features", "Models", "Training", "Registry", "Sparse", "Environment",
        "TestSupport",
      ]),
    tests(
      "TrainingTests",
      [
        "Torch", "TorchNN", "TorchDistributed", "Features", "RecommenderMetrics", "Models", "Training", "Environment",
        "Sparse", "Sharding", "TestSupport",
      ]),
    tests(
      "ServingTests",
      [
        "Torch", "Features", "Registry", "Serving", "TestSupport", logging,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    tests("PipelineTests", ["Training", "Registry", "Pipeline", "TestSupport"]),
    // These run the program and the scripts as a user would.
    tests("CommandTests", ["Torch", "TestSupport"]),
  ]
)

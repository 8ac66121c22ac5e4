/// The Open Bandit logs as obp's wheel carries them: 10,000 rounds of each policy and campaign, and the prior of the policy
/// `bts`.
///
/// Saito et al. 2021, "Open Bandit Dataset and Pipeline", arXiv:2008.07146; CC BY 4.0.
enum OpenBanditPackage {
  static let prior = "prior_bts.yaml"

  static let package = DatasetPackage(
    requirement: "obp==0.4.1", wheel: "obp-0.4.1-py3-none-any.whl",
    wheelChecksum: "87dec9caf4283c25ab13036532e0a24566f1c7bdcad1653a8ded43b2f5ef8208",
    members: logs.map { .init(path: "obp/dataset/obd/\($0.key)", file: $0.key, checksum: $0.value) } + [
      .init(
        path: "obp/policy/conf/\(prior)", file: prior,
        checksum: "81a54fbdc184021ccc62ab97de81ec35461c032e3d7f99ccaa0a9745f732d251")
    ])

  private static let logs: KeyValuePairs = [
    "bts/all/all.csv": "0ad874e4dbf6902f0845dd478ad8dde5ef6903583d3ffaace78411bdad064106",
    "bts/all/item_context.csv": "5d4359ba1cfa3ae88f0f1bae66bd633859fe6323817183632ee57b83539d9153",
    "bts/men/men.csv": "db6d1f7ed2d591ba521533e45286d4c1fba7fe57a8ad2e80342210335f43c527",
    "bts/men/item_context.csv": "3b411ed6b0471316321a6b93f4f756bb25888eac6218cd71d0b603d41d85732d",
    "bts/women/women.csv": "e5d1b49a39b608585a2f3014a3f54970430cd37a495c1b73fceb85cdf428a5b8",
    "bts/women/item_context.csv": "a56295bad066a558eb783055afd9279f5f4e209a4776eafc22151c53f0ac89d4",
    "random/all/all.csv": "7168295b6e0a9eabcf3392320a5dd434e542b68e705d5cd9491499af589812f1",
    "random/all/item_context.csv": "eba04cc23d5f130a93ff174c5392986882b94c3839433cb8143870eaa6221358",
    "random/men/men.csv": "ede6d08c6877f99cd3770f7d09e26c738e6aa6de4445ccccfb1356ba5d06b1eb",
    "random/men/item_context.csv": "6d855c2b7e917d0448d71bbe62c023147495882c0fdc8c41e86fef86abf9fe09",
    "random/women/women.csv": "e65f3bd3beb17664fa69cc129bf7bf852a775f8ffa630506e505fc905315bb34",
    "random/women/item_context.csv": "b1ca4905f97703d196004f2ad4552c1e90c2afad8b50688d333b0d2dc0b33147",
  ]
}

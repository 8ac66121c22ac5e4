import SwiftRecCommand

SwiftRecCommand.main()

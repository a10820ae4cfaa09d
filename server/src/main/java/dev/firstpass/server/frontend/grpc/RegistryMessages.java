package dev.firstpass.server.frontend.grpc;

import com.google.protobuf.Timestamp;
import dev.firstpass.proto.v1.AliasMove;
import dev.firstpass.proto.v1.AuditLine;
import dev.firstpass.proto.v1.ListAuditResponse;
import dev.firstpass.proto.v1.Manifest;
import dev.firstpass.proto.v1.Operation;
import dev.firstpass.proto.v1.Registration;
import dev.firstpass.proto.v1.RegistryModel;
import dev.firstpass.proto.v1.RegistryVersion;
import dev.firstpass.proto.v1.VersionReplica;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.Operation.Result;
import dev.firstpass.server.frontend.Operation.State;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.RolloutStatus;
import java.time.Instant;
import java.util.List;

/// What the registry has, as messages.
///
/// Pure functions.
final class RegistryMessages {
    private static final int SHOWN_VERSIONS = 10;

    private RegistryMessages() {}

    static RegistryModel model(ModelEntry entry, RegistryAdmin registry, List<Replica> replicas) {
        List<ModelVersion> all = entry.versions();
        RegistryModel.Builder model = RegistryModel.newBuilder()
                .setName(entry.name().value())
                .putAllAliases(entry.aliases())
                .setVersionCount(all.size());
        all.subList(Math.max(0, all.size() - SHOWN_VERSIONS), all.size())
                .forEach(version -> model.addVersions(brief(version, registry, replicas)));
        return model.build();
    }

    /// Without its manifest.
    static RegistryVersion.Builder brief(ModelVersion version, RegistryAdmin registry, List<Replica> replicas) {
        RegistryVersion.Builder brief = summary(version);
        registry.problem(version).ifPresent(brief::setFailure);
        replicas.forEach(replica -> brief.addReplicas(VersionReplica.newBuilder()
                .setName(replica.name())
                .setResidency(replica.of(version.ref()).name())));
        return brief;
    }

    private static RegistryVersion.Builder summary(ModelVersion version) {
        return RegistryVersion.newBuilder()
                .setRef(version.ref().toString())
                .setVersion(version.number())
                .setDigest(version.digest())
                .setState(version.state().name())
                .setRegisteredAt(timestamp(version.registeredAt()));
    }

    static RegistryVersion version(ModelVersion version, RegistryAdmin registry) {
        return brief(version, registry, registry.replicas())
                .addAllSetups(registry.residency(version.ref())
                        .map(loaded -> loaded.setups().stream()
                                .map(RegistryMessages::setup)
                                .toList())
                        .orElse(List.of()))
                .setManifest(manifest(version.manifest()))
                .addAllSignatures(signatures(registry.entry(version.name()).signers(version.number())))
                .build();
    }

    private static RegistryVersion.Setup setup(RegistryAdmin.Residency.Setup setup) {
        return RegistryVersion.Setup.newBuilder()
                .setStage(setup.stage())
                .setDevice(setup.device())
                .setSessions(setup.sessions())
                .setThreads(setup.threads())
                .setMaxBatch(setup.mostRows())
                .build();
    }

    private static List<RegistryVersion.Signature> signatures(List<SignedBy> signers) {
        return signers.stream()
                .map(signer -> RegistryVersion.Signature.newBuilder()
                        .setKey(signer.key())
                        .setForm(signer.form().id())
                        .build())
                .toList();
    }

    private static Manifest manifest(dev.firstpass.registry.Manifest manifest) {
        Manifest.Builder message = Manifest.newBuilder()
                .setFamily(manifest.spec().family())
                .addAllClasses(manifest.spec().classes())
                .putAllParameters(manifest.spec().parameters());
        manifest.stageFiles()
                .forEach((stage, file) -> message.putStages(
                        stage,
                        Manifest.StageFile.newBuilder()
                                .setEngine(file.engine().id())
                                .setFile(file.file())
                                .build()));
        manifest.files()
                .forEach(file -> message.addFiles(Manifest.BundleFile.newBuilder()
                        .setPath(file.path())
                        .setSha256(file.sha256())
                        .setBytes(file.bytes())));
        return message.build();
    }

    static Operation operation(dev.firstpass.server.frontend.Operation operation) {
        Operation.Builder message = Operation.newBuilder()
                .setId(operation.id())
                .setKind(operation.kind().id())
                .setTarget(operation.target())
                .setBeganAt(timestamp(operation.beganAt()))
                .setStep(operation.progress().step())
                .setDone(operation.progress().done())
                .setTotal(operation.progress().total());
        switch (operation.state()) {
            case State.Running _ -> message.setState(Operation.State.STATE_RUNNING);
            case State.Done(Result result) -> outcome(message.setState(Operation.State.STATE_DONE), result);
            case State.Failed(Failure failure) ->
                message.setState(Operation.State.STATE_FAILED)
                        .setFailure(AnswerMessages.failure(failure, operation.id()));
        }
        return message.build();
    }

    private static void outcome(Operation.Builder message, Result result) {
        switch (result) {
            case Result.Registered(var registered) -> message.setRegistration(registration(registered));
            case Result.Moved(String alias, long version, List<String> behind) ->
                message.setMove(AliasMove.newBuilder().setAlias(alias).setVersion(version))
                        .addAllBehind(behind);
            case Result.RolledOut(RolloutStatus status, List<String> behind) ->
                message.setRollout(RolloutMessages.state(status)).addAllBehind(behind);
            case Result.Retired(ModelVersion version, List<String> behind) ->
                message.setVersion(summary(version)).addAllBehind(behind);
        }
    }

    private static Registration.Builder registration(RegistryAdmin.Registered registered) {
        return Registration.newBuilder()
                .setVersion(summary(registered.version())
                        .setFailure(registered.failure())
                        .setManifest(manifest(registered.version().manifest()))
                        .addAllSignatures(signatures(registered.signers())))
                .putAllOrigins(registered.origins())
                .putAllQuestions(registered.questions());
    }

    static ListAuditResponse audit(AuditPage page) {
        ListAuditResponse.Builder message = ListAuditResponse.newBuilder()
                .setHeadId(page.head().id())
                .setHeadHash(page.head().hash());
        page.lines()
                .forEach(line -> message.addLines(AuditLine.newBuilder()
                        .setId(line.id())
                        .setTenant(line.tenant())
                        .setPrincipal(line.principal())
                        .setAt(timestamp(line.at()))
                        .setAction(line.action())
                        .setName(line.name())
                        .setSubject(line.subject())
                        .setFrom(line.from())
                        .setTo(line.to())
                        .setDigest(line.digest())
                        .setResult(line.result())
                        .setHash(line.hash())));
        return message.build();
    }

    static Timestamp timestamp(Instant at) {
        return Timestamp.newBuilder()
                .setSeconds(at.getEpochSecond())
                .setNanos(at.getNano())
                .build();
    }
}

package dev.firstpass.loadtest.gatling;

import com.google.protobuf.UnsafeByteOperations;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.typesafe.scalalogging.Logger;
import dev.firstpass.loadtest.drive.Ask;
import dev.firstpass.proto.v1.PrelabelOptions;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelResponse;
import dev.firstpass.proto.v1.PrelabelsGrpc;
import dev.firstpass.proto.v1.Priority;
import io.gatling.commons.stats.KO$;
import io.gatling.commons.stats.OK$;
import io.gatling.commons.stats.Status;
import io.gatling.core.action.Action;
import io.gatling.core.session.Session;
import io.gatling.core.stats.StatsEngine;
import io.gatling.core.structure.ScenarioContext;
import io.gatling.javaapi.core.ActionBuilder;
import io.grpc.Metadata;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.LoggerFactory;
import scala.Option;

/// An action of Gatling that calls `firstpass.v1.Prelabels.Prelabel`: its core has none for gRPC.
///
/// Immutable; Gatling builds the action once, and calls it on its event loops.
final class GrpcPrelabels implements ActionBuilder {
    private static final String NAME = "prelabel over gRPC";
    private static final Metadata.Key<String> REASON =
            Metadata.Key.of("firstpass-reason", Metadata.ASCII_STRING_MARSHALLER);
    private static final long PATIENCE_MILLIS = 60_000;

    private final String target;
    private final Function<io.gatling.javaapi.core.Session, Ask> asks;
    private final BiConsumer<io.gatling.javaapi.core.Session, String> ended;

    /// @param target root of the server, with a slash at its end
    /// @param ended is told of each end, with the reason, which is empty where there was an answer
    GrpcPrelabels(
            String target,
            Function<io.gatling.javaapi.core.Session, Ask> asks,
            BiConsumer<io.gatling.javaapi.core.Session, String> ended) {
        this.target = target;
        this.asks = asks;
        this.ended = ended;
    }

    @Override
    public io.gatling.core.action.builder.ActionBuilder asScala() {
        return new Builder();
    }

    private static PrelabelRequest message(Ask ask) {
        PrelabelOptions.Builder options = PrelabelOptions.newBuilder()
                .setPriority(ask.isBulk() ? Priority.PRIORITY_BULK : Priority.PRIORITY_INTERACTIVE);
        ask.timeout()
                .ifPresent(timeout -> options.getTimeoutBuilder()
                        .setSeconds(timeout.toSeconds())
                        .setNanos(timeout.toNanosPart()));
        return PrelabelRequest.newBuilder()
                .setModel(ask.model())
                .setImage(UnsafeByteOperations.unsafeWrap(ask.image()))
                .setOptions(options)
                .build();
    }

    private final class Builder implements io.gatling.core.action.builder.ActionBuilder {
        @Override
        public Action build(ScenarioContext context, Action next) {
            PrelabelsGrpc.PrelabelsStub stub = GrpcClients.builder("gproto+" + target)
                    .responseTimeoutMillis(PATIENCE_MILLIS)
                    .maxResponseLength(0)
                    .build(PrelabelsGrpc.PrelabelsStub.class);
            return new Call(stub, context.coreComponents().statsEngine(), next);
        }
    }

    private final class Call implements Action {
        private final PrelabelsGrpc.PrelabelsStub stub;
        private final StatsEngine stats;
        private final Action next;
        private Logger logger = Logger.apply(LoggerFactory.getLogger(GrpcPrelabels.class));

        Call(PrelabelsGrpc.PrelabelsStub stub, StatsEngine stats, Action next) {
            this.stub = stub;
            this.stats = stats;
            this.next = next;
        }

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public void execute(Session session) {
            Ask ask = asks.apply(new io.gatling.javaapi.core.Session(session));
            stub.prelabel(message(ask), new End(this, session, System.currentTimeMillis()));
        }

        void end(Session session, long began, String reason) {
            ended.accept(new io.gatling.javaapi.core.Session(session), reason);
            boolean isAnswered = reason.isEmpty();
            Status status = isAnswered ? OK$.MODULE$ : KO$.MODULE$;
            stats.logResponse(
                    session.scenario(),
                    session.groups(),
                    NAME,
                    began,
                    System.currentTimeMillis(),
                    status,
                    Option.empty(),
                    isAnswered ? Option.empty() : Option.apply(reason));
            Session after = isAnswered ? session : session.markAsFailed();
            session.eventLoop().execute(() -> next.$bang(after));
        }

        @Override
        public Logger logger() {
            return logger;
        }

        @Override
        public void com$typesafe$scalalogging$StrictLogging$_setter_$logger_$eq(Logger logger) {
            this.logger = logger;
        }
    }

    /// Of one call.
    ///
    /// For one thread at a time.
    private static final class End implements StreamObserver<PrelabelResponse> {
        private final Call call;
        private final Session session;
        private final long began;

        End(Call call, Session session, long began) {
            this.call = call;
            this.session = session;
            this.began = began;
        }

        @Override
        public void onNext(PrelabelResponse answer) {}

        @Override
        public void onError(Throwable failure) {
            String reason = Optional.ofNullable(io.grpc.Status.trailersFromThrowable(failure))
                    .flatMap(trailers -> Optional.ofNullable(trailers.get(REASON)))
                    .orElseGet(() ->
                            io.grpc.Status.fromThrowable(failure).getCode().name());
            call.end(session, began, reason);
        }

        @Override
        public void onCompleted() {
            call.end(session, began, "");
        }
    }
}

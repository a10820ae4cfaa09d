package dev.firstpass.server.runtime.batch.schedule;

import java.util.List;
import java.util.Optional;

/// A tenant's claim on a place in a full queue, for one more row. One tenant may have all places while no other wants any;
/// where others do, each has a right to its share of them, by weight among those with rows in the queue. Who is within its
/// share takes places of those that are over theirs.
///
/// One thread only, for one row.
final class Claim<T> {
    private final QueueRoom room;
    private final List<Tenant<T>> active;
    private final Optional<Tenant<T>> claimant;
    private final double weight;
    private final long rowBytes;
    private final long rowPixels;
    private final double allWeights;

    /// @param room of the queue
    /// @param active tenants with rows in it, which may become fewer
    /// @param claimant whose row it is, if it is known already
    /// @param weight of the claimant
    Claim(
            QueueRoom room,
            List<Tenant<T>> active,
            Optional<Tenant<T>> claimant,
            double weight,
            long rowBytes,
            long rowPixels) {
        this.room = room;
        this.active = active;
        this.claimant = claimant;
        this.weight = weight;
        this.rowBytes = rowBytes;
        this.rowPixels = rowPixels;
        this.allWeights = allWeights();
    }

    private double allWeights() {
        double all = claimant.filter(tenant -> tenant.rows() > 0).isPresent() ? 0 : weight;
        for (Tenant<T> tenant : active) {
            all += tenant.weight();
        }
        return all;
    }

    /// Whether the claimant stays within its share, and others that are over theirs have what it lacks.
    boolean isJust() {
        for (Measure measure : Measure.values()) {
            long own = claimant.map(tenant -> tenant.used(measure)).orElse(0L);
            if (own + added(measure) > share(measure, weight)
                    || (isShort(measure) && debtor(measure).isEmpty())) {
                return false;
            }
        }
        return true;
    }

    /// Who has to give up a row, if the row does not fit yet: the tenant that has most beyond its share.
    Optional<Tenant<T>> debtor() {
        for (Measure measure : Measure.values()) {
            if (isShort(measure)) {
                return debtor(measure);
            }
        }
        return Optional.empty();
    }

    private Optional<Tenant<T>> debtor(Measure measure) {
        Optional<Tenant<T>> most = Optional.empty();
        double mostOver = 0;
        for (Tenant<T> tenant : active) {
            double over = (tenant.used(measure) - share(measure, tenant.weight())) / tenant.weight();
            if (over > mostOver && !claimant.equals(Optional.of(tenant))) {
                most = Optional.of(tenant);
                mostOver = over;
            }
        }
        return most;
    }

    private boolean isShort(Measure measure) {
        long used = 0;
        for (Tenant<T> tenant : active) {
            used += tenant.used(measure);
        }
        return used + added(measure) > measure.of(room);
    }

    private long added(Measure measure) {
        return switch (measure) {
            case ROWS -> 1;
            case BYTES -> rowBytes;
            case PIXELS -> rowPixels;
        };
    }

    /// A row at least. As shares of all add up to no more than there is otherwise, somebody is over its share wherever a
    /// row within another's finds no room.
    private long share(Measure measure, double ofWeight) {
        long share = (long) (measure.of(room) * (ofWeight / allWeights));
        return measure == Measure.ROWS ? Math.max(1, share) : share;
    }

    /// What a queue has room for.
    enum Measure {
        ROWS {
            @Override
            long of(QueueRoom room) {
                return room.rows();
            }
        },
        BYTES {
            @Override
            long of(QueueRoom room) {
                return room.bytes();
            }
        },
        PIXELS {
            @Override
            long of(QueueRoom room) {
                return room.pixels();
            }
        };

        abstract long of(QueueRoom room);
    }
}

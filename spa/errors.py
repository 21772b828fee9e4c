"""Why the studio says no."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class SlotTaken(DomainError):
    code = "SPA-SLOT-TAKEN"
    kind = Kind.CONFLICT
    message = _("Ese horario acaba de ocuparse. Elige otro.")


class SlotNotOffered(DomainError):
    code = "SPA-SLOT-NOT-OFFERED"
    kind = Kind.INVALID
    message = _("En ese horario no se atiende. Elige uno de los disponibles.")


class SlotTooSoon(DomainError):
    code = "SPA-SLOT-TOO-SOON"
    kind = Kind.INVALID
    message = _("Reserva con al menos {minimum_notice_minutes} minutos de anticipación.")


class SlotTooFar(DomainError):
    code = "SPA-SLOT-TOO-FAR"
    kind = Kind.INVALID
    message = _("Solo se reserva hasta con {horizon_days} días de anticipación.")


class ServiceNotOffered(DomainError):
    code = "SPA-SERVICE-NOT-OFFERED"
    kind = Kind.NOT_FOUND
    message = _("Ese servicio no se ofrece aquí.")


class ServicesDoNotCombine(DomainError):
    code = "SPA-SERVICES-DO-NOT-COMBINE"
    kind = Kind.INVALID
    message = _("Esos servicios no se pueden reservar en una misma visita.")


class StaffNotAble(DomainError):
    code = "SPA-STAFF-NOT-ABLE"
    kind = Kind.INVALID
    message = _("Esa persona no presta todos los servicios elegidos en esta sede.")


class LocationNotFound(DomainError):
    code = "SPA-LOCATION-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa sede no existe.")


class LocationMissing(DomainError):
    code = "SPA-LOCATION-MISSING"
    kind = Kind.INVALID
    message = _("Elige una sede: estos servicios se prestan en varias.")


class RangeTooLong(DomainError):
    code = "SPA-RANGE-TOO-LONG"
    kind = Kind.INVALID
    message = _("Consulta como máximo {days} días por llamada, del primero al último.")


class ActiveLimitReached(DomainError):
    code = "SPA-ACTIVE-LIMIT-REACHED"
    kind = Kind.CONFLICT
    message = _("Ya tienes el máximo de citas futuras: {limit}.")


class OpenHoldsLimitReached(DomainError):
    code = "SPA-HOLDS-LIMIT-REACHED"
    kind = Kind.CONFLICT
    message = _("Tienes {limit} reservas sin pagar. Paga una o espera a que venzan.")


class HourlyLimitReached(DomainError):
    code = "SPA-HOURLY-LIMIT-REACHED"
    kind = Kind.THROTTLED
    message = _("Hiciste {limit} reservas en la última hora. Intenta más tarde.")


class AppointmentNotFound(DomainError):
    code = "SPA-APPOINTMENT-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa cita no existe.")


class TransitionRefused(DomainError):
    code = "SPA-TRANSITION-REFUSED"
    kind = Kind.CONFLICT
    message = _("La cita no puede pasar de «{current}» a «{target}».")


class ResourceNotFound(DomainError):
    code = "SPA-RESOURCE-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese recurso no existe.")


class StaffNotFound(DomainError):
    code = "SPA-STAFF-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa persona no es del equipo.")


class BlockNotFound(DomainError):
    code = "SPA-BLOCK-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese bloqueo no existe.")


class PeriodInvalid(DomainError):
    code = "SPA-PERIOD-INVALID"
    kind = Kind.INVALID
    message = _("El período debe terminar después de empezar y durar como máximo {days} días.")


class TimeBusy(DomainError):
    code = "SPA-TIME-BUSY"
    kind = Kind.CONFLICT
    message = _("En ese tiempo ya hay algo reservado. Muévelo primero u omite esas fechas.")


class FeedNotFound(DomainError):
    code = "SPA-FEED-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese calendario no existe o su enlace fue revocado.")


class RuleInvalid(DomainError):
    code = "SPA-RULE-INVALID"
    kind = Kind.INVALID
    message = _("La regla de repetición no se entiende o no aplica: revisa {part}.")


class RuleTooLong(DomainError):
    code = "SPA-RULE-TOO-LONG"
    kind = Kind.INVALID
    message = _("Una repetición tiene como máximo {most} fechas, dentro de un año.")


class HoursInvalid(DomainError):
    code = "SPA-HOURS-INVALID"
    kind = Kind.INVALID
    message = _("Un horario debe terminar después de empezar.")


class PackageNotFound(DomainError):
    code = "SPA-PACKAGE-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese paquete no existe o no es tuyo.")


class PackageNotForSale(DomainError):
    code = "SPA-PACKAGE-NOT-FOR-SALE"
    kind = Kind.NOT_FOUND
    message = _("Ese paquete no está a la venta.")


class PackageNotForThis(DomainError):
    code = "SPA-PACKAGE-NOT-FOR-THIS"
    kind = Kind.INVALID
    message = _("Ese paquete no cubre lo que elegiste en esta sede.")


class PackageUsedUp(DomainError):
    code = "SPA-PACKAGE-USED-UP"
    kind = Kind.CONFLICT
    message = _("A ese paquete no le quedan sesiones disponibles.")


class PackageExpiresBefore(DomainError):
    code = "SPA-PACKAGE-EXPIRES-BEFORE"
    kind = Kind.INVALID
    message = _("Ese paquete vence antes de la fecha elegida.")


class PackageNothingToRefund(DomainError):
    code = "SPA-PACKAGE-NOTHING-TO-REFUND"
    kind = Kind.CONFLICT
    message = _("A ese paquete no le quedan sesiones por devolver.")


class PackageNotTransferable(DomainError):
    code = "SPA-PACKAGE-NOT-TRANSFERABLE"
    kind = Kind.CONFLICT
    message = _("Solo se cede a otra persona un paquete pagado, vigente y con sesiones.")


class PriceChanged(DomainError):
    code = "SPA-PRICE-CHANGED"
    kind = Kind.CONFLICT
    message = _("El precio cambió mientras reservabas. Revísalo e intenta de nuevo.")


class ClassNotFound(DomainError):
    code = "SPA-CLASS-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa clase no existe.")


class ClassCancelled(DomainError):
    code = "SPA-CLASS-CANCELLED"
    kind = Kind.CONFLICT
    message = _("Esta clase fue cancelada.")


class ClassStarted(DomainError):
    code = "SPA-CLASS-STARTED"
    kind = Kind.CONFLICT
    message = _("Esta clase ya empezó.")


class ClassOver(DomainError):
    code = "SPA-CLASS-OVER"
    kind = Kind.CONFLICT
    message = _("Esta clase ya se dictó.")


class ClassNotStarted(DomainError):
    code = "SPA-CLASS-NOT-STARTED"
    kind = Kind.CONFLICT
    message = _("La asistencia se toma cuando la clase ha empezado.")


class ClassFull(DomainError):
    code = "SPA-CLASS-FULL"
    kind = Kind.CONFLICT
    message = _("No quedan cupos en esta clase.")


class AlreadyInClass(DomainError):
    code = "SPA-CLASS-ALREADY-IN"
    kind = Kind.CONFLICT
    message = _("Ya estás en esta clase o en su lista de espera.")


class NotInClass(DomainError):
    code = "SPA-CLASS-NOT-IN"
    kind = Kind.NOT_FOUND
    message = _("No estás en esta clase.")


class NotOnClassList(DomainError):
    code = "SPA-CLASS-NOT-ON-LIST"
    kind = Kind.INVALID
    message = _("Hay asistentes que no están inscritos en esta clase.")


class InstructorBusy(DomainError):
    code = "SPA-INSTRUCTOR-BUSY"
    kind = Kind.CONFLICT
    message = _("Esa persona está ocupada o no trabaja a esa hora.")


class InstructorNotAble(DomainError):
    code = "SPA-INSTRUCTOR-NOT-ABLE"
    kind = Kind.INVALID
    message = _("Esa persona no puede dictar esta clase.")


class WaitlistOff(DomainError):
    code = "SPA-WAITLIST-OFF"
    kind = Kind.CONFLICT
    message = _("La lista de espera no está activa.")


class WaitlistLimitReached(DomainError):
    code = "SPA-WAITLIST-LIMIT-REACHED"
    kind = Kind.CONFLICT
    message = _("Ya estás {limit} veces en la lista de espera. Retírate de una para anotarte.")


class WaitlistDaysInvalid(DomainError):
    code = "SPA-WAITLIST-DAYS-INVALID"
    kind = Kind.INVALID
    message = _("Elige fechas desde hoy y como máximo de aquí a {horizon_days} días.")


class WaitlistTimeFree(DomainError):
    code = "SPA-WAITLIST-TIME-FREE"
    kind = Kind.CONFLICT
    message = _("No hace falta esperar: hay horarios libres como los que buscas. Reserva uno.")


class WaitlistEntryNotFound(DomainError):
    code = "SPA-WAITLIST-ENTRY-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Eso no está en la lista de espera.")


class WaitlistEntryClosed(DomainError):
    code = "SPA-WAITLIST-ENTRY-CLOSED"
    kind = Kind.CONFLICT
    message = _("Esta espera ya terminó.")


class OfferNotFound(DomainError):
    code = "SPA-OFFER-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa oferta no existe.")


class OfferExpired(DomainError):
    code = "SPA-OFFER-EXPIRED"
    kind = Kind.CONFLICT
    message = _("El plazo para aceptar este horario terminó. Sigues en la lista de espera.")


class OfferClosed(DomainError):
    code = "SPA-OFFER-CLOSED"
    kind = Kind.CONFLICT
    message = _("Esta oferta ya fue respondida.")


class VisitBegun(DomainError):
    code = "SPA-VISIT-BEGUN"
    kind = Kind.CONFLICT
    message = _("La cita ya empezó. Habla con el estudio.")


class VisitNotBegun(DomainError):
    code = "SPA-VISIT-NOT-BEGUN"
    kind = Kind.CONFLICT
    message = _("La cita todavía no empieza.")


class ReasonMissing(DomainError):
    code = "SPA-REASON-MISSING"
    kind = Kind.INVALID
    message = _("Escribe el motivo.")


class VisitNotPayable(DomainError):
    code = "SPA-VISIT-NOT-PAYABLE"
    kind = Kind.CONFLICT
    message = _("A una cita en estado «{status}» no se le reciben pagos así.")


class NothingOwed(DomainError):
    code = "SPA-NOTHING-OWED"
    kind = Kind.CONFLICT
    message = _("La cita ya está pagada.")


class PaysTooMuch(DomainError):
    code = "SPA-PAYS-TOO-MUCH"
    kind = Kind.INVALID
    message = _("De la cita solo se deben {outstanding} {currency}.")


class DepositShort(DomainError):
    code = "SPA-DEPOSIT-SHORT"
    kind = Kind.INVALID
    message = _("Para confirmar la cita se necesitan al menos {due} {currency}.")


class DebtOpen(DomainError):
    code = "SPA-DEBT-OPEN"
    kind = Kind.CONFLICT
    message = _("Debes {amount} {currency} de una visita anterior. Págalos para reservar de nuevo.")


class StrikeNotFound(DomainError):
    code = "SPA-STRIKE-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa falta no existe.")


class StrikeIsWaived(DomainError):
    code = "SPA-STRIKE-WAIVED"
    kind = Kind.CONFLICT
    message = _("Esa falta ya está perdonada.")


class AppealFiled(DomainError):
    code = "SPA-APPEAL-FILED"
    kind = Kind.CONFLICT
    message = _("Ya apelaste esa falta.")


class AppealNotOpen(DomainError):
    code = "SPA-APPEAL-NOT-OPEN"
    kind = Kind.CONFLICT
    message = _("No hay una apelación por decidir.")
